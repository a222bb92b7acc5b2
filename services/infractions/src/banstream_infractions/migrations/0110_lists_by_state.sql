-- Lists and ban files of what is in force, and lists of what is not, each without reading through the other.
-- A row is in one of them: an infraction costs one entry more. Writing waits while they are made, a second a million.

create index infractions_active on infractions (id) where status = 'active';
create index infractions_over on infractions (id) where status <> 'active' or lifetime in ('session', 'online');
