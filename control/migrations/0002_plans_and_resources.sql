-- What counts against a plan is counted anew inside each change: only what still stands, however much of what
-- was revoked or removed lies beside it.
create index api_keys_not_revoked on api_keys (project_id) where revoked_at is null;
create index projects_not_removed on projects (organization_id) where removed_at is null;

-- Resources of owned types, one row for each name that was ever registered. A released one stays as a tombstone:
-- its name comes back to the same organization only. `id` is of one registration and changes with the next.
create table resources (
    resource text not null primary key,
    id text not null unique,
    organization_id text not null references organizations (id),
    project_id text not null references projects (id),
    name text not null,
    created_at bigint not null,
    created_by text not null,
    released_at bigint,
    version bigint not null
);
create index resources_by_project on resources (project_id, created_at, id) where released_at is null;
