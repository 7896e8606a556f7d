-- People: users, the invitations they come from, and what service accounts and role bindings need to be
-- managed over HTTP.

-- Counts the secrets an account has had. A token carries the number it was bought with.
alter table service_accounts add column generation bigint not null default 1;
create index service_accounts_by_organization on service_accounts (organization_id, created_at, id);

-- A binding never changes: this is the version of the change that made it.
alter table role_bindings add column version bigint not null default 0;
create index role_bindings_by_organization on role_bindings (organization_id, created_at, id);

-- A person in one organization. The row goes when the person does: an address is kept nowhere else.
create table users (
    id text not null primary key,
    organization_id text not null references organizations (id),
    email text not null,
    email_lower text not null,
    name text,
    created_at bigint not null,
    version bigint not null,
    unique (organization_id, email_lower)
);
create index users_by_organization on users (organization_id, created_at, id);

-- `code_digest` is of the code in force. `sent` counts the codes given out since `sent_since`.
create table invites (
    id text not null primary key,
    organization_id text not null references organizations (id),
    email text not null,
    email_lower text not null,
    code_digest bytea not null unique,
    created_at bigint not null,
    expires_at bigint not null,
    sent bigint not null,
    sent_since bigint not null,
    processed_at bigint,
    user_id text,
    version bigint not null
);
create index invites_by_organization on invites (organization_id, created_at, id);
create unique index invites_pending on invites (organization_id, email_lower) where processed_at is null;
