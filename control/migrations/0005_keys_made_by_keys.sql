-- The keys that a key made. Few keys are made by keys, so all others are left out.
create index api_keys_by_maker on api_keys (created_by, id) where substr(created_by, 1, 4) = 'key:';

-- Revocations that took more than one change and may have been cut short: repeating one goes on with it.
create table cascades (
    key_id text not null primary key references api_keys (id),
    begun_at bigint not null
);
