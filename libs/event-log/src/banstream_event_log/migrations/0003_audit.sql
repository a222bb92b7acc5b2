-- Who did what: events of one kind, and of one actor, newest first.
-- Events of a player are found by their stream; the few that name a player on a stream of another thing by the last one.

create index event_log_by_type on event_log (type, position);
create index event_log_by_actor on event_log ((actor ->> 'id'), position);
create index event_log_by_player on event_log ((data #>> '{player,service}'), (data #>> '{player,id}'), position)
    where stream not like 'player:%';
