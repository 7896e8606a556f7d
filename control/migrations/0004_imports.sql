-- Keys of other systems come in by imports: written piece by piece, and keys only when `state` says `complete`.
-- Rows of an import that is `staged` or `abandoned` are nobody's; they stand in `api_keys` because a digest is
-- unique over everything there is.
create table imports (
    id text not null primary key,
    organization_id text not null references organizations (id),
    project_id text not null references projects (id),
    keys bigint not null,
    state text not null,
    created_at bigint not null,
    created_by text not null,
    -- When the last piece was written. One that stands still longer than any piece takes has lost its process.
    touched_at bigint not null,
    version bigint not null
);
create index imports_unfinished on imports (organization_id) where state <> 'complete';

alter table api_keys add column import_id text references imports (id);
create index api_keys_by_import on api_keys (import_id) where import_id is not null;
