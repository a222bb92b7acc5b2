-- The read model of the log: all of it can be rebuilt.

create table targets (
    target_id  text    primary key,
    is_removed boolean not null,
    document   jsonb   not null
);
comment on table targets is 'document is banstream_notifier.record.Record.';

-- How far telling is: not in the log, and lost with the tables.

create table progress (
    target_id     text   primary key,
    stream        text   not null,
    sequence      bigint not null,
    delivered     bigint not null default 0,
    delivered_at  timestamptz,
    failing_since timestamptz,
    last_error    text
);
comment on table progress is 'Everything on EVENTS up to sequence is settled; stream is when EVENTS was made.';

create table deliveries (
    place         bigint generated always as identity,
    target_id     text        not null,
    event_id      uuid        not null,
    event_type    text        not null,
    infraction_id text,
    sequence      bigint      not null,
    status        text        not null check (status in ('begun', 'done', 'dead')),
    tries         integer     not null,
    first_at      timestamptz not null,
    last_at       timestamptz not null,
    message_id    text,
    primary key (target_id, event_id)
);
create index deliveries_by_place on deliveries (target_id, place desc);
create index deliveries_by_age on deliveries (last_at);
create index deliveries_by_infraction on deliveries (target_id, infraction_id) where infraction_id is not null;

create table attempts (
    target_id text        not null,
    event_id  uuid        not null,
    at        timestamptz not null,
    seconds   real        not null,
    answer    integer,
    error     text
);
create index attempts_by_event on attempts (target_id, event_id, at);
create index attempts_by_age on attempts (at);

create table embeds (
    target_id     text        not null,
    message_id    text        not null,
    place         smallint    not null,
    infraction_id text,
    card          jsonb,
    embed         jsonb       not null,
    sent_at       timestamptz not null,
    primary key (target_id, message_id, place)
);
comment on table embeds is 'What each message at Discord shows, so that one of its embeds can be changed.';
create index embeds_by_infraction on embeds (target_id, infraction_id, sent_at desc) where infraction_id is not null;
create index embeds_by_age on embeds (sent_at);

grant select, insert, update, delete on targets, progress, deliveries, attempts, embeds to :role;
