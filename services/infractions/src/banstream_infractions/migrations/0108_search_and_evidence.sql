-- What staff search: every infraction there ever was. Worked out of the log like the rest.

create table infraction_search (
    id         text        primary key,
    issued_at  timestamptz not null,
    ends_at    timestamptz,
    category   text,
    is_ban     boolean     not null,
    is_active  boolean     not null,
    search     text        not null,
    marks      text[]      not null
);
comment on table infraction_search is
    'One row an infraction; marks are the grams of search and what it can be filtered by, see search_rows.py.';

create index infraction_search_by_time on infraction_search (issued_at, id) include (category, is_ban);
-- What waits to be sorted in is searched row by row: keep it short (kB).
create index infraction_search_by_marks on infraction_search using gin (marks) with (gin_pending_list_limit = 512);

-- Files of evidence. Not worked out of the log, which holds their hashes alone: like person_keys they are kept here,
-- each as long as an infraction of somebody who was not erased is shown by it.
create table evidence_files (
    sha256     text        primary key,
    media_type text        not null,
    content    bytea       not null,
    kept_at    timestamptz not null default now()
);
create table evidence_links (
    sha256        text not null references evidence_files on delete cascade,
    infraction_id text not null,
    primary key (sha256, infraction_id)
);
create index evidence_links_by_infraction on evidence_links (infraction_id);

grant select, insert, update, delete on infraction_search to :role;
grant select, insert, delete on evidence_files, evidence_links to :role;
