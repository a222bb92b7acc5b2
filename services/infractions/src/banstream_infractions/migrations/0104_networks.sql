-- Networks that staff have marked, worked out of the log like the rest.

create table networks (
    id          text    primary key,
    kind        text    not null,
    is_unmarked boolean not null,
    searched    text    not null,
    position    bigint  not null,
    document    jsonb   not null
);
comment on table networks is 'One row a network; id is its KV key, document banstream_contracts.networks.MarkedNetwork.';
create index networks_newest_first on networks (position desc) where not is_unmarked;

grant select, insert, update, delete on networks to :role;
