-- Read models: all of it is worked out of the log and can be rebuilt, but for person_keys.

create table infractions (
    id            text        primary key,
    stream        text        not null,
    player_token  text,
    address_token text,
    status        text        not null,
    lifetime      text        not null,
    is_warning    boolean     not null,
    expires_at    timestamptz,
    category      text,
    server_id     text,
    position      bigint      not null,
    document      jsonb       not null
);
comment on table infractions is 'One row an infraction; document is banstream_contracts.infractions.Infraction.';

create index infractions_by_player on infractions (player_token, id desc);
create index infractions_by_category on infractions (category, id desc);
create index infractions_by_server on infractions (server_id, id desc);
create index infractions_active_by_player on infractions (player_token) where status = 'active' and not is_warning;
create index infractions_active_by_address on infractions (address_token) where status = 'active' and not is_warning;
create index infractions_due on infractions (expires_at) where status = 'active' and lifetime = 'timed';

create table credentials (
    id       text   primary key,
    kind     text   not null,
    position bigint not null,
    document jsonb  not null
);
create index credentials_by_kind on credentials (kind, id desc);

-- The keys that open personal data in the log, wrapped by the master key. Deleting one erases the person.
create table person_keys (
    person     text        primary key,
    wrapped    bytea       not null,
    created_at timestamptz not null default now()
);

grant select, insert, update, delete on infractions, credentials to :role;
grant select, insert, delete on person_keys to :role;
