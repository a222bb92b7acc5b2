"""Migrations since the last release only add: what it reads and writes stays as it is (expand, then contract).

The old release goes on while the schema is already the new one, so nothing of it may be dropped, renamed, narrowed or
made to refuse what it writes. Contracting is for the release after the next: by then `release.json` says so.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from banstream_cli.direct.event_logs import EVENT_LOGS, LogName
from banstream_event_log.schema import Migration

MARKER = json.loads(Path(__file__).with_name("release.json").read_text(encoding="utf-8"))
RELEASED = {name: {each["number"]: each for each in known} for name, known in MARKER["migrations"].items()}
NAME = r'"?([a-z_][a-z0-9_]*)"?'

ADDS = (
    re.compile(r"create table\b"),
    re.compile(r"create view\b"),
    re.compile(r"create type\b"),
    re.compile(r"create sequence\b"),
    re.compile(r"create index\b"),
    re.compile(r"create function\b"),
    re.compile(r"comment on\b"),
    re.compile(r"grant\b"),
    re.compile(r"alter table [a-z_]+ set \(fillfactor = [0-9]+\)$"),
)
"""Statements that take nothing from anybody."""
OF_A_TABLE = re.compile(
    rf"(?:alter table (?:only )?|create unique index .*?\bon (?:only )?|create trigger .*?\bon |insert into |update "
    rf"|delete from |create or replace view ){NAME}"
)
DROPPED_INDEX = re.compile(rf"drop index {NAME}")
ADDED_COLUMN = re.compile(r"add column\b(?P<rest>.*)")


def statements(sql: str) -> Iterator[str]:
    """One after the other, in lower case, without comments, the bodies of functions as `$$`."""
    text = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    text = re.sub(r"(\$\w*\$).*?\1", "$$", text, flags=re.DOTALL)
    text = re.sub(r"'(?:[^']|'')*'", "''", text)
    for part in text.split(";"):
        if statement := " ".join(part.lower().split()):
            yield statement


def parts(text: str) -> list[str]:
    """What stands between commas, but for those inside brackets."""
    while re.search(r"\([^()]*\)|\[[^\[\]]*\]", text):
        text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", text)
    return [each.strip() for each in text.split(",")]


def actions(statement: str) -> list[str]:
    """What an `alter table` does."""
    return parts(re.sub(rf"^alter table (only )?{NAME} ", "", statement))


def made_by(sql: str) -> set[str]:
    """The tables and indexes that it creates, and the columns that it adds, as table.column."""
    made = rf"^create (?:table|(?:unique )?index) {NAME}"
    tables = {name for each in statements(sql) for name in re.findall(made, each)}
    altered = [
        (found[2], each) for each in statements(sql) if (found := re.match(rf"alter table (only )?{NAME}", each))
    ]
    return tables | {
        f"{table}.{column}"
        for table, each in altered
        for action in actions(each)
        for column in re.findall(rf"^add column {NAME}", action)
    }


def takes_away(sql: str, own: set[str]) -> list[str]:
    """The statements that the release before could trip over; it does not know `own`, see `made_by`."""
    known = own | made_by(sql)
    return [each for each in statements(sql) if not is_harmless(each, known)]


def is_harmless(statement: str, own: set[str]) -> bool:
    if any(pattern.match(statement) for pattern in ADDS):
        return True
    found = OF_A_TABLE.match(statement) or DROPPED_INDEX.fullmatch(statement)
    if found and found[1] in own:
        return True
    if filled := re.match(rf"update {NAME} set (.*)", statement):
        columns = [each.split(" ")[0] for each in parts(re.split(r"\b(?:from|where)\b", filled[2])[0])]
        return {f"{filled[1]}.{column}" for column in columns} <= own
    return statement.startswith("alter table") and all(only_adds(each) for each in actions(statement))


def only_adds(action: str) -> bool:
    """A column that a row without it can have, or a value for rows that come without one that they needed."""
    if re.fullmatch(rf"alter (column )?{NAME} set default .+", action):
        return True
    added = ADDED_COLUMN.fullmatch(action)
    if added is None:
        return False
    rest = added["rest"]
    return not re.search(r"\b(unique|primary key|check|references)\b", rest) and (
        "not null" not in rest or "default" in rest
    )


def newer() -> list[tuple[str, Migration]]:
    return [
        (name.value, each)
        for name, log in EVENT_LOGS.items()
        for each in log.migrations()
        if each.number not in RELEASED.get(name.value, {})
    ]


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_a_released_migration_is_never_edited_renamed_or_removed(name: str) -> None:
    held = {each.number: each for each in EVENT_LOGS[LogName(name)].migrations()}
    for number, known in RELEASED[name].items():
        assert number in held, f"{known['name']} was released and is gone"
        assert (held[number].name, held[number].checksum) == (known["name"], known["checksum"])


def test_what_is_newer_than_the_release_only_adds() -> None:
    own: dict[str, set[str]] = {}
    for name, migration in newer():
        tables = own.setdefault(name, set())
        if name not in RELEASED:
            continue  # a log that the release does not have
        assert not takes_away(migration.sql, tables), f"{name}: {migration.name}"
        tables |= made_by(migration.sql)


def test_what_is_newer_comes_after_what_was_released_of_its_package() -> None:
    """Numbers below 50 are the log's, below 100 those of commands, the rest a service's own."""
    for name, migration in newer():
        of_its_package = [number for number in RELEASED.get(name, {}) if number // 50 == migration.number // 50]
        assert all(migration.number > number for number in of_its_package), f"{name}: {migration.name}"


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_released_tables_are_read_as_tables_by_this_test(name: str) -> None:
    """The rule sees through the migrations that there are: as a first release each of them only adds."""
    own: set[str] = set()
    for migration in sorted(EVENT_LOGS[LogName(name)].migrations(), key=lambda each: each.number):
        own |= made_by(migration.sql)
        assert own, migration.name
        assert not takes_away(migration.sql, own), migration.name


@pytest.mark.parametrize(
    "sql",
    [
        "drop table infractions",
        "alter table infractions drop column category",
        "alter table infractions rename column category to kind",
        "alter table infractions rename to punishments",
        "alter table infractions add column severity text not null",
        "alter table infractions set (fillfactor = 70), drop column category",
        "alter table infractions set schema elsewhere",
        "alter table infractions add column severity text, drop column category",
        "alter table infractions add column token text unique",
        "alter table infractions alter column category set not null",
        "alter table infractions alter column category set default '', drop column grams",
        "alter table infractions alter column position type integer",
        "alter table infractions add constraint named check (category <> '')",
        "create unique index one_each on infractions (player_token)",
        "create trigger watch before insert on infractions for each row execute function refuse()",
        "create or replace function refuse_change_of_event_log() returns trigger language plpgsql as $$ begin end $$",
        "drop index infractions_by_player",
        "drop view bans",
        "revoke select on infractions from :role",
        "update infractions set category = null",
        "alter table infractions add column note text; update infractions set note = '', category = null",
        "delete from infractions",
        "truncate infractions",
        "-- harmless\nALTER TABLE infractions /* really */ DROP COLUMN category",
        "create table mine (id text); alter table infractions drop column category",
        "do $$ begin execute 'drop table infractions'; end $$",
        "set role postgres",
    ],
)
def test_what_the_release_before_would_trip_over_is_found(sql: str) -> None:
    assert takes_away(sql, set())


@pytest.mark.parametrize(
    "sql",
    [
        "create table mine (id text primary key); create unique index one on mine (id)",
        "create index infractions_by_reason on infractions (reason)",
        "create index infractions_by_reason on infractions (reason); drop index infractions_by_reason",
        "alter table infractions add column severity text",
        "alter table infractions set (fillfactor = 70)",
        "alter table infractions alter column grams set default '{}'",
        "alter table infractions add column weight numeric(4, 2) not null default 0, add column note text",
        "create table mine (id text); alter table mine alter column id set not null; update mine set id = 'a;b'",
        "alter table infractions add column names text[]; update infractions set names = array[a, f(b, c)] where a > 0",
        "comment on table infractions is 'drop table infractions; it''s only said'",
        "grant select on infractions to :role",
    ],
)
def test_what_only_adds_passes(sql: str) -> None:
    assert not takes_away(sql, set())
