-- When a key begins to sign, which is when the one before it ends to, and when it was withdrawn. Its private half is
-- erased then.
alter table signing_keys add column signs_from bigint not null default 0;
alter table signing_keys add column ended_at bigint;
update signing_keys set signs_from = created_at;
create index signing_keys_by_organization on signing_keys (organization_id);

-- Access tokens that were taken back before their time. A row is deleted when its token would have ended anyway.
create table revoked_tokens (
    id text not null primary key,
    organization_id text not null references organizations (id),
    expires_at bigint not null,
    version bigint not null
);
create index revoked_tokens_by_organization on revoked_tokens (organization_id);
