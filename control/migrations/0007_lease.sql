-- How long a node may answer after a renewal: one value for all nodes, told to each with every renewal.
alter table clock add column lease_seconds bigint not null default 10;
