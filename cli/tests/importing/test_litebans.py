import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cli.tests.importing.samples import batch, found_in, row_in, rows_in

from banstream_cli.importing.formats.litebans import FORMAT
from banstream_cli.importing.rows import Lifted, Options, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment, Scope

UUID = "11111111-2222-4333-8444-555555555555"
FUTURE = 4_000_000_000_000
BAN: dict[str, Any] = {
    "kind": "ban",
    "id": 7,
    "uuid": UUID,
    "ip": "192.0.2.7",
    "reason": "x-ray",
    "banned_by_uuid": "CONSOLE",
    "banned_by_name": "Console",
    "removed_by_uuid": None,
    "removed_by_name": None,
    "removed_by_reason": None,
    "removed_by_date": "2024-01-01 10:00:00",
    "time": 1_700_000_000_123,
    "until": FUTURE,
    "template": 255,
    "server_scope": "*",
    "server_origin": "lobby",
    "silent": "\0",
    "ipban": "\0",
    "ipban_wildcard": "\0",
    "active": "\1",
    "name": "Trillian",
}


def test_a_ban_is_of_the_player_and_not_of_the_address_they_had(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch(BAN))

    assert row == Row(
        key="ban:7",
        player=row.player,
        name="Trillian",
        punishments=(Punishment.BAN,),
        reason="x-ray",
        note=f"Minecraft UUID {UUID}",
        issued_at=datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC),
        issued_by="Console",
        expires_at=datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC),
    )
    assert str(row.player) == "minecraft:trillian"


@pytest.mark.parametrize(
    ("kind", "key", "punishments"),
    [
        ("bans", "ban:7", (Punishment.BAN,)),
        ("mute", "mute:7", (Punishment.CHAT_BLOCK,)),
        ("WARNING", "warning:7", ()),
        ("warn", "warning:7", ()),
    ],
)
def test_the_kind_says_what_it_is(kind: str, key: str, punishments: tuple[Punishment, ...], tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "kind": kind}))

    assert (row.key, row.punishments) == (key, punishments)


def test_kicks_are_no_punishments(tmp_path: Path) -> None:
    assert rows_in(FORMAT, tmp_path / "file", batch({**BAN, "kind": "kick"})) == []


@pytest.mark.parametrize("until", [0, -1])
def test_never_is_nothing_or_minus_one(until: int, tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, "until": until})).expires_at is None


@pytest.mark.parametrize(
    ("changes", "player", "address"),
    [
        pytest.param({"ipban": "\1"}, "minecraft:trillian", "192.0.2.7", id="player-and-address"),
        pytest.param({"ipban": 1, "uuid": None, "name": None}, "None", "192.0.2.7", id="address-alone"),
        pytest.param({"ipban": 1, "uuid": "#offline#"}, "None", "192.0.2.7", id="address-of-nobody"),
        pytest.param(
            {"uuid": "#offline#", "ip": "Trillian2", "name": "Other"}, "minecraft:trillian2", None, id="name-as-ip"
        ),
        pytest.param({"ipban": 1, "ip": "#"}, "minecraft:trillian", None, id="no-address"),
        pytest.param({"ipban": 1, "ip": "#undefined#"}, "minecraft:trillian", None, id="undefined-address"),
        pytest.param(
            {"ipban": 1, "ip": "192.0.*", "ipban_wildcard": 1}, "minecraft:trillian", None, id="range-of-player"
        ),
        pytest.param({"ip": None}, "minecraft:trillian", None, id="null-address"),
    ],
)
def test_whom_it_is_about(changes: dict[str, Any], player: str, address: str | None, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}))

    assert (str(row.player), row.address) == (player, address)


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        pytest.param(
            {"removed_by_name": "Bob", "removed_by_uuid": UUID, "removed_by_reason": "sorry", "active": "\0"},
            Lifted(datetime(2024, 1, 1, 9, tzinfo=UTC), "Bob", "sorry"),
            id="removed",
        ),
        pytest.param(
            {"removed_by_name": "Bob", "active": "\1"},
            Lifted(datetime(2024, 1, 1, 9, tzinfo=UTC), "Bob"),
            id="removed-and-still-called-active",
        ),
        pytest.param(
            {"removed_by_name": "Bob", "removed_by_date": "0000-00-00 00:00:00"}, Lifted(None, "Bob"), id="zero-date"
        ),
        pytest.param({"removed_by_uuid": UUID, "removed_by_date": None}, Lifted(), id="by-a-uuid"),
        pytest.param({"removed_by_name": "#expired", "active": "\0"}, None, id="expired"),
        pytest.param({"active": "\0", "until": -1}, Lifted(), id="for-ever-and-inactive"),
        pytest.param({"active": "\0"}, Lifted(), id="inactive-before-its-end"),
        pytest.param({"active": "\0", "until": 1_700_000_000_124}, None, id="inactive-after-its-end"),
        pytest.param({}, None, id="a-date-alone-says-nothing"),
    ],
)
def test_what_has_ended_and_how(changes: dict[str, Any], lifted: Lifted | None, tmp_path: Path) -> None:
    options = Options(zone=ZoneInfo("Europe/Berlin"))

    assert row_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}), options).lifted == lifted


def test_what_holds_on_one_server_is_not_taken_for_everywhere(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", batch({**BAN, "server_scope": "survival"}))

    assert (row.scope, row.server_id) == (Scope.SERVER, None)
    assert "on survival alone" in (row.note or "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"name": None}, "only the UUID", id="no-name"),
        pytest.param({"uuid": "#offline#", "ip": "#"}, "only the UUID", id="nobody"),
        pytest.param({"kind": "jail"}, "kind is 'jail'", id="kind"),
        pytest.param({"id": None}, "no id", id="no-id"),
        pytest.param({"until": None}, "says never", id="no-end"),
        pytest.param({"until": "soon"}, "until", id="until"),
        pytest.param({"active": "perhaps"}, "active", id="active"),
        pytest.param({"ipban": 1, "ip": "#", "name": None}, "IP address", id="address-of-nobody"),
        pytest.param({"ipban": 1, "ip": "1.2.*", "name": None, "ipban_wildcard": 1}, "range of addresses", id="range"),
    ],
)
def test_a_broken_row_does_not_hold_up_the_others(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    wrong, right = found_in(FORMAT, tmp_path / "file", batch({**BAN, **changes}, {**BAN, "id": 8}))

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert isinstance(right, Row)


def test_a_table_that_does_not_say_what_it_is_is_refused(tmp_path: Path) -> None:
    plain = {name: value for name, value in BAN.items() if name not in {"kind", "name"}}

    with pytest.raises(Unreadable, match=r"no column kind, name .*mysql --batch"):
        found_in(FORMAT, tmp_path / "file", batch(plain))


def test_an_sqlite_file_needs_no_select(tmp_path: Path) -> None:
    path = tmp_path / "litebans.sqlite"
    columns = [name for name in BAN if name not in {"kind", "name"}]
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("lb_bans", "lb_mutes", "lb_warnings", "lb_kicks"):
            connection.execute(f"create table {table} ({', '.join(columns)})")
            values = [b"\1" if name == "active" else 0 if BAN[name] == "\0" else BAN[name] for name in columns]
            connection.execute(f"insert into {table} values ({', '.join('?' for _ in columns)})", values)
        connection.execute("create table lb_history (date integer, name text, uuid text, ip text)")
        connection.executemany("insert into lb_history values (?, ?, ?, '')", [(1, "Old", UUID), (2, "New", UUID)])

    found = list(FORMAT.read(path, Options()))

    assert [(each.key, each.name) for each in found if isinstance(each, Row)] == [
        ("ban:7", "New"),
        ("mute:7", "New"),
        ("warning:7", "New"),
    ]
    assert len(found) == 3


def test_another_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table litebans_bans (id integer)")

    with pytest.raises(Unreadable, match="litebans_bans"):
        list(FORMAT.read(path, Options()))
