-- What servers and tokens did in the name of an admin, newest first; most events are in nobody's.

create index event_log_by_admin on event_log ((actor #>> '{admin,service}'), (actor #>> '{admin,id}'), position)
    where jsonb_exists(actor, 'admin');
