-- What waits at Discord while new messages go before it: reading EVENTS goes on past it.

create table deferred (
    target_id   text   not null,
    sequence    bigint not null,
    event_id    uuid   not null,
    event_type  text   not null,
    message_key text,
    primary key (target_id, event_id)
);
comment on table deferred is 'Events by their sequence on EVENTS: changes of messages, and erasures.';
create index deferred_by_sequence on deferred (target_id, sequence);
create index deferred_by_key on deferred (target_id, message_key) where message_key is not null;
create index deferred_without_key on deferred (target_id, sequence) where message_key is null;

alter table progress add column read_stream text;
alter table progress add column read_sequence bigint;
comment on column progress.read_sequence is
    'Everything on the EVENTS of read_stream up to there is settled or deferred; sequence stays before what is deferred.';

grant select, insert, update, delete on deferred to :role;
