-- The read model of the log: all of it can be rebuilt.

create table log_sources (
    source_id  text    primary key,
    is_removed boolean not null,
    document   jsonb   not null
);
comment on table log_sources is 'document is banstream_dayz_feed.record.Record.';

-- How far reading is, and what it found: not in the log, and lost with the tables.

create table positions (
    source_id       text   primary key,
    place           text   not null,
    document        jsonb  not null,
    memory          text,
    memory_at_begin text,
    size            bigint not null default 0,
    polled_at       timestamptz,
    failing_since   timestamptz,
    last_error      text
);
comment on table positions is 'document is banstream_dayz_feed.position.Position; place tells when the login changed.';
comment on column positions.memory is 'What the rules remember, as of the position; memory_at_begin as of the begin of its log.';

create table findings (
    place     bigint      generated always as identity,
    key       text        primary key,
    source_id text        not null,
    status    text        not null check (status in ('pending', 'sent', 'recorded', 'refused', 'nobody')),
    message   text,
    found_at  timestamptz not null,
    document  jsonb       not null,
    command   jsonb
);
comment on table findings is 'document is a LogFinding of the contracts, command what the abuse tracker is told.';
create index findings_by_source on findings (source_id, place desc);
create index findings_open on findings (place) where status in ('pending', 'sent');

grant select, insert, update, delete on log_sources, positions, findings to :role;
