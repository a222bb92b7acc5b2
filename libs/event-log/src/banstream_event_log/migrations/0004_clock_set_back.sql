-- Where the clock that events are recorded by was set back, so that a time is looked for in each stretch between.

create table clock_set_back (
    position bigint      primary key,
    before   timestamptz not null,
    after    timestamptz not null
);
comment on table clock_set_back is
    'position is the first event behind it, recorded at after; the event in front of it was recorded at before.';

insert into clock_set_back
select position, before, recorded_at
from (
    select position, recorded_at, lag(recorded_at) over (order by position) as before from event_log
) as following
where recorded_at < before - interval '1 hour';

grant select, insert on clock_set_back to :role;
