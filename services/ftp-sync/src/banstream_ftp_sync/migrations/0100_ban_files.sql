-- The read model of the log: all of it can be rebuilt.

create table ban_files (
    ban_file_id text    primary key,
    is_removed  boolean not null,
    document    jsonb   not null
);
comment on table ban_files is 'document is banstream_ftp_sync.record.Record.';

-- What infractions and the abuse tracker say, loaded anew at every start: not in the log.

create table bans (
    infraction_id text   primary key,
    position      bigint not null,
    document      jsonb  not null
);
comment on table bans is 'Every ban in force; document is banstream_ftp_sync.bans.Ban.';

create table protected_players (
    player_token text primary key
);

create table following (
    only_one boolean primary key default true check (only_one),
    position bigint  not null,
    loaded_at timestamptz
);
comment on table following is 'The furthest position of infractions'' log that was seen; loaded_at is the last whole load.';

-- How the files stand: not in the log, and lost with the tables.

create table states (
    ban_file_id   text   primary key,
    stream        text,
    sequence      bigint,
    place         text,
    remembered    jsonb,
    used_version  integer not null default 0,
    outcome       text,
    reason        text,
    tried_at      timestamptz,
    good_at       timestamptz,
    written_at    timestamptz,
    failing_since timestamptz,
    pending_since timestamptz,
    lines         integer not null default 0,
    others        integer not null default 0
);
comment on table states is 'Everything on EVENTS up to sequence is noted; stream is when EVENTS was made;'
    ' remembered is of the file at place, banstream_ftp_sync.receipts.Remembered.';

create sequence receipt_places;
create table receipts (
    ban_file_id   text        not null,
    infraction_id text        not null,
    is_banned     boolean     not null,
    status        text        not null check (status in ('pending', 'applied', 'failed', 'drifted')),
    at            timestamptz not null,
    error         text,
    place         bigint      not null default nextval('receipt_places'),
    primary key (ban_file_id, infraction_id)
);
create index receipts_by_place on receipts (ban_file_id, place desc);
create index receipts_by_age on receipts (at) where not is_banned;

grant select, insert, update, delete on ban_files, bans, protected_players, following, states, receipts to :role;
grant usage on sequence receipt_places to :role;
