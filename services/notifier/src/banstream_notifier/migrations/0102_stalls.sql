-- Targets that stand still for a reason that is ours or that of NATS: the other side has nothing to do with it.

create table stalls (
    target_id text        primary key,
    since     timestamptz not null,
    reason    text        not null
);

grant select, insert, update, delete on stalls to :role;
