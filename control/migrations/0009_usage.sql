-- What was done with each key, hour by hour. None of these rows is a change: none ticks the clock, none is in the log.
-- They refer to no other table, so that a count never fails because what it counts is gone.

-- `hour` is the start of a UTC hour. `action` and `resource` are '' for a call that was only authenticated, `network`
-- is '' when nobody knew it; `resource` and `network` are 'other' beyond what is kept apart of one key and hour.
create table usage (
    key_id text not null,
    organization_id text not null,
    project_id text not null,
    hour bigint not null,
    action text not null,
    resource text not null,
    -- Whether the call named the organization it meant.
    organization_named boolean not null,
    outcome text not null,
    network text not null,
    calls bigint not null,
    first_at bigint not null,
    last_at bigint not null,
    -- The hour stands second, so that one key's days lie together.
    primary key (key_id, hour, organization_id, project_id, action, resource, organization_named, outcome, network)
);
create index usage_by_organization on usage (organization_id, hour);

-- When a key last opened something, and from where: a table of its own, as this touches no version.
create table last_uses (
    key_id text not null primary key,
    used_at bigint not null,
    ip text
);

-- The newest batch of each process, written with its rows: a batch that is sent twice is added once.
create table usage_flushes (
    node text not null primary key,
    sequence bigint not null,
    flushed_at bigint not null
);

-- Calls that were decided and not counted above, because memory was short. '' is any key, and any organization.
create table usage_unseen (
    organization_id text not null,
    key_id text not null,
    hour bigint not null,
    calls bigint not null,
    primary key (organization_id, key_id, hour)
);

-- What was called before this moment is not on record any more, or never was. Of a database that is new, all is.
create table usage_since (
    id bigint not null primary key check (id = 1),
    since bigint not null
);
-- Of one that is not, nothing is until a server that counts begins: it puts its start in the place of -1.
insert into usage_since (id, since)
    select 1, case when exists (select 1 from changes) then -1 else 0 end;
