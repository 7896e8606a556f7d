-- One text for SQLite and PostgreSQL. Columns are only text, bigint, boolean, bytea and double precision;
-- times are microseconds since the Unix epoch, ids are text, documents are text of JSON.
-- `version` is the change that last touched the row: its ETag, and what a follower asks by.

-- The one row every write transaction locks first, so that commits happen in version order.
create table clock (
    id bigint not null primary key check (id = 1),
    version bigint not null,
    hash bytea not null,
    history text not null
);

-- The log: audit trail, feed and replication point in one. Rows are only ever added.
create table changes (
    version bigint not null primary key,
    made_at bigint not null,
    actor text not null,
    action text not null,
    organization_id text not null,
    body text not null,
    hash bytea not null
);
create index changes_by_organization on changes (organization_id, version);

-- What proves at start that the pepper and the master key are the ones this database was made with.
create table canaries (
    name text not null primary key,
    value bytea not null
);

create table catalogs (
    version bigint not null primary key,
    body text not null
);

create table organizations (
    id text not null primary key,
    name text not null,
    plan text not null,
    created_at bigint not null,
    bootstrapped_at bigint,
    removed_at bigint,
    version bigint not null
);

create table projects (
    id text not null primary key,
    organization_id text not null references organizations (id),
    name text not null,
    max_pods bigint not null,
    force_encryption_with_cmek boolean not null,
    created_at bigint not null,
    removed_at bigint,
    version bigint not null
);
create index projects_by_organization on projects (organization_id, created_at, id);

-- `grant_text` is the grant as written; for roles it only says so, and the roles are role bindings.
create table api_keys (
    id text not null primary key,
    project_id text not null references projects (id),
    name text not null,
    name_lower text not null,
    digest bytea not null unique,
    class text not null,
    hint text not null,
    grant_text text not null,
    networks text not null,
    expires_at bigint,
    disabled_at bigint,
    revoked_at bigint,
    revoked_by text,
    created_at bigint not null,
    created_by text not null,
    version bigint not null
);
create index api_keys_by_project on api_keys (project_id, created_at, id);

-- Roles of keys, service accounts and, later, people: one table, seen from two sides.
create table role_bindings (
    id text not null primary key,
    organization_id text not null references organizations (id),
    principal_type text not null,
    principal_id text not null,
    resource_type text not null,
    resource_id text not null,
    role text not null,
    created_at bigint not null,
    unique (principal_type, principal_id, resource_type, resource_id, role)
);
create index role_bindings_by_resource on role_bindings (resource_type, resource_id, principal_type);

create table service_accounts (
    id text not null primary key,
    organization_id text not null references organizations (id),
    name text not null,
    client_id text not null unique,
    secret_digest bytea not null,
    operator boolean not null,
    created_at bigint not null,
    updated_at bigint not null,
    removed_at bigint,
    version bigint not null
);

-- Keys that sign access tokens: the server's own (no organization) and one per bootstrapped organization.
create table signing_keys (
    id text not null primary key,
    organization_id text references organizations (id),
    algorithm text not null,
    public_key bytea not null,
    sealed bytea not null,
    created_at bigint not null,
    version bigint not null
);

-- One-time codes that make the first owner of an organization; only their digests are kept.
create table setup_codes (
    digest bytea not null primary key,
    organization_id text not null references organizations (id),
    created_at bigint not null,
    used_at bigint
);

-- Answers to creates that carried an Idempotency-Key, without the secret.
create table idempotency (
    principal text not null,
    idempotency_key text not null,
    request_digest bytea not null,
    answer text not null,
    created_at bigint not null,
    primary key (principal, idempotency_key)
);
create index idempotency_by_age on idempotency (created_at);

-- One row for each running data-plane process; never ticks the clock.
create table nodes (
    id text not null primary key,
    history text not null,
    beat bigint not null,
    applied bigint not null,
    registered_at bigint not null
);
