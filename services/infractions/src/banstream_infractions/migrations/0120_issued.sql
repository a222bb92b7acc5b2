-- Counters of what was issued, whether it holds or not. Worked out of infraction_search, and written with its rows.

-- Quarters of an hour: every time zone's hours and days are made of them.
create table issued_quarters (
    begins_at timestamptz primary key,
    bans      bigint      not null
);

-- Days of UTC; empty category: none. What a time zone's first day has outside of them is counted.
create table issued_days (
    day         date   not null,
    category    text   collate "C" not null,
    infractions bigint not null,
    primary key (day, category)
);

grant select, insert, update, delete on issued_quarters, issued_days to :role;
