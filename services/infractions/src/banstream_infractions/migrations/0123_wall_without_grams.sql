-- The wall is searched by the index of the search (ADR 0034): rows come without grams from now on. Those that are there
-- go with each row that changes, and with a rebuild; the column and its index with a later release.

alter table wall_bans alter column grams set default '{}';
comment on column wall_bans.grams is 'Written and read by nobody any more.';
