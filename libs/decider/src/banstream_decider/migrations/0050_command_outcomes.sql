-- What became of each command: the same command again gets the same answer, refused ones too.

create table command_outcomes (
    command_id uuid        primary key,
    outcome    jsonb       not null,
    decided_at timestamptz not null
);

grant select, insert, update on command_outcomes to :role;
