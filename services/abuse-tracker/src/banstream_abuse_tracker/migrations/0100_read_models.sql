-- Read models: all of it is worked out of the log and can be rebuilt.

create table players (
    stream   text    primary key,
    version  integer not null,
    document jsonb   not null
);
comment on table players is 'One row a player with events; document is banstream_contracts.abuse.PlayerAbuse.';

create table policies (
    policy_id text    not null,
    version   integer not null,
    document  jsonb,
    primary key (policy_id, version)
);
comment on table policies is 'Every version; document is banstream_contracts.policies.Policy, null where it was removed.';

create table protected_players (
    player_token text  primary key,
    document     jsonb not null
);
comment on table protected_players is 'document is banstream_contracts.abuse_queries.ProtectedPlayer.';

grant select, insert, update, delete on players, policies, protected_players to :role;
