-- Accounts of the console, worked out of the log like the rest.

create table accounts (
    id          text    primary key,
    role        text    not null,
    is_disabled boolean not null,
    position    bigint  not null,
    document    jsonb   not null
);
comment on table accounts is 'One row an account; document is banstream_contracts.accounts.AccountEntry, passwords and secrets sealed.';

grant select, insert, update, delete on accounts to :role;
