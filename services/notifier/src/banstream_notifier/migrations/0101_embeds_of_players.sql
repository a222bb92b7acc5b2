-- Embeds are found by the players that they tell of, so that an erased one can be taken out of them.

alter table embeds add column players text[] not null default '{}';
comment on column embeds.players is 'SERVICE:ID of each player that the embed tells of';

update embeds set players = array_remove(array[
    card ->> 'player',
    (card #>> '{content,caller,service}') || ':' || (card #>> '{content,caller,id}'),
    (card #>> '{content,reported,service}') || ':' || (card #>> '{content,reported,id}')
], null) where card is not null;

create index embeds_by_players on embeds using gin (players);
