-- Admins and tiering policies, worked out of the log like the rest; and finding infractions by address.

create table admins (
    id         text    primary key,
    is_removed boolean not null,
    name       text    not null,
    position   bigint  not null,
    document   jsonb   not null
);
comment on table admins is 'One row an admin; id is the token of the player, document banstream_contracts.admins.Admin.';

create table tiering_policies (
    id          text    primary key,
    server_id   text    not null,
    is_unlinked boolean not null,
    name        text    not null,
    position    bigint  not null,
    document    jsonb   not null
);
comment on table tiering_policies is 'One row a policy; document is banstream_contracts.tiering.TieringPolicy.';
create index tiering_policies_by_server on tiering_policies (server_id);

create index infractions_by_address on infractions (address_token, id desc);

grant select, insert, update, delete on admins, tiering_policies to :role;
