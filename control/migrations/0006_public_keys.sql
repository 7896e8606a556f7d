-- The SSH public keys that GraphQL's `updateUserSettings` sets: one text for each project, so that a key changes
-- nothing of another one's. Keydesk keeps it for the operator's machines and attaches no meaning.
create table public_keys (
    project_id text not null primary key references projects (id),
    public_key text not null,
    version bigint not null
);
