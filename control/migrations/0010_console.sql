-- What people need to sign in to the console.

-- A digest under the pepper of what the password was stretched to; null for who has none and cannot sign in.
alter table users add column password bytea;
-- Whether this person is the operator, too: who used the setup code that `init` printed.
alter table users add column operator boolean not null default false;
create index users_by_email on users (email_lower);
alter table setup_codes add column operator boolean not null default false;

-- One for each browser that is signed in. Only digests of their tokens are kept. No row is a change: none ticks the
-- clock, none is in the log.
create table sessions (
    id text not null primary key,
    user_id text not null,
    digest bytea not null unique,
    -- The token before, which is still taken for a moment after the last rotation.
    digest_before bytea,
    created_at bigint not null,
    rotated_at bigint not null,
    ends_at bigint not null,
    ip text,
    agent text not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_digest_before on sessions (digest_before);

-- A list that looks for a part of a name reads the index alone: of a very large project, most keys do not match.
drop index api_keys_by_project;
create index api_keys_by_project on api_keys
    (project_id, created_at, id, revoked_at, disabled_at, expires_at, import_id, name_lower);
