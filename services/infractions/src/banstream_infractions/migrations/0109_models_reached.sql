-- How far the read models are whole, by which of them the writer knew: an older leader does not know newer ones.

create table models_reached (
    models   integer primary key,
    position bigint  not null
);
comment on table models_reached is 'One row a set of read models, see catching_up.MODELS; position is of the log.';

grant select, insert, update on models_reached to :role;
