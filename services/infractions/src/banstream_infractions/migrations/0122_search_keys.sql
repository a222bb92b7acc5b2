-- What staff search by, as numbers: an index over them costs a third of one over texts. marks are what rows are
-- filtered by, and no grams any more. `migrate` fills keys where there are rows without; a leader that does not know
-- them leaves them empty, and the next one that does puts them in.

alter table infraction_search add column keys integer[];
comment on table infraction_search is
    'One row an infraction; marks are what it can be filtered by, keys the numbers of these and of the grams of search,'
    ' see index_keys.py.';
create index infraction_search_by_keys on infraction_search using gin (keys) with (gin_pending_list_limit = 512);
drop index infraction_search_by_marks;
