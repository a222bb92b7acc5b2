-- The wall: bans in force as the public may page, search and count them. Worked out of the log like the rest.

create table wall_bans (
    id        text        primary key,
    place     text        collate "C" not null,
    issued_at timestamptz not null,
    ends_at   timestamptz,
    category  text        not null,
    severity  text        not null,
    search    text        not null,
    grams     text[]      not null
);
comment on table wall_bans is
    'One row for each infraction that bans now. Empty category or severity: none. place, grams: see wall_rows.py.';

create index wall_bans_by_time on wall_bans (issued_at, place);
create index wall_bans_by_category on wall_bans (category, issued_at, place);
create index wall_bans_by_severity on wall_bans (severity, issued_at, place);
create index wall_bans_by_type on wall_bans (category, severity, issued_at, place);
create index wall_bans_by_end on wall_bans (ends_at) where ends_at is not null;
-- What waits to be sorted in is searched row by row: keep it short (kB).
create index wall_bans_by_grams on wall_bans using gin (grams) with (gin_pending_list_limit = 512);

-- Counters, kept in the transaction that changes wall_bans.
create table wall_totals (
    category text   not null,
    severity text   not null,
    bans     bigint not null,
    primary key (category, severity)
);

-- Quarters of an hour: every time zone's days are made of them.
create table wall_quarters (
    begins_at timestamptz primary key,
    bans      bigint      not null
);

grant select, insert, update, delete on wall_bans, wall_totals, wall_quarters to :role;
