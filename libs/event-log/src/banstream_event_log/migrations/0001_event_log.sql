-- The event log: positions without gaps, rows that nobody changes, each bound to the one before it.

create table event_log (
    position       bigint      primary key check (position > 0),
    stream         text        not null,
    version        integer     not null check (version > 0),
    event_id       uuid        not null unique,
    type           text        not null,
    schema_version smallint    not null,
    data           jsonb       not null,
    command_id     uuid        not null,
    ordinal        smallint    not null,
    correlation_id uuid        not null,
    causation_id   uuid        not null,
    actor          jsonb       not null,
    traceparent    text,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    previous_hash  bytea       not null,
    hash           bytea       not null,
    unique (stream, version),
    unique (command_id, ordinal)
);

comment on table event_log is 'Append-only. hash = SHA-256(previous_hash || canonical JSON of the other columns).';

create function refuse_change_of_event_log() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end
$$;

-- For each statement, so that it also refuses one that would touch no row.
create trigger event_log_is_append_only
    before update or delete or truncate on event_log
    for each statement execute function refuse_change_of_event_log();

-- How far each relay has published, a hint for an event stream whose messages have all aged out.
create table relay_position (
    relay    text   primary key,
    position bigint not null
);

grant select, insert on event_log to :role;
grant select, insert, update on relay_position to :role;
