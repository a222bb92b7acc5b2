-- Appeals, worked out of the log like the rest; what was said is locked in the document as it is in the log.

create table appeals (
    id            text        primary key,
    infraction_id text        not null,
    person        text        not null,
    player_token  text,
    status        text        not null,
    assignee      text,
    opened_at     timestamptz not null,
    position      bigint      not null,
    document      jsonb       not null
);
comment on table appeals is
    'One row an appeal; document is banstream_contracts.appeals.Appeal, person whose key opens what was said.';
create index appeals_by_infraction on appeals (infraction_id, id desc);
create index appeals_by_player on appeals (player_token, id desc) where player_token is not null;
create index appeals_newest_first on appeals (status, id desc);
create index appeals_by_assignee on appeals (assignee, id desc) where assignee is not null;
create index appeals_by_time on appeals (opened_at);

grant select, insert, update, delete on appeals to :role;
