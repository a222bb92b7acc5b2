-- The keys that personal fields of events are locked with. Taking one out erases the person: what the log holds of
-- them up to erased_until can be read no more, and is not shown where it is in clear.

create table erasable_keys (
    person       text   primary key,
    key          bytea,
    erased_until bigint not null default 0
);
comment on table erasable_keys is 'person is a log stream; no key: nothing was locked since the last erasure.';

grant select, insert, update on erasable_keys to :role;
