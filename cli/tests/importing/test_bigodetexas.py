import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cli.tests.importing.samples import found_in, row_in

from banstream_cli.importing.formats.bigodetexas import FORMAT
from banstream_cli.importing.rows import Lifted, Options, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment, Severity

XUID = "2535465465465465"
TABLE = """CREATE TABLE infractions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, gamertag TEXT NOT NULL, discord_id TEXT, xuid TEXT, ip_address TEXT,
    infraction_type TEXT NOT NULL, severity TEXT NOT NULL, description TEXT, evidence TEXT,
    detected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, auto_banned BOOLEAN DEFAULT 1, ban_lifted BOOLEAN DEFAULT 0,
    admin_notes TEXT)"""
COLUMNS = ("gamertag", "xuid", "infraction_type", "severity", "description", "detected_at", "evidence")
HEADER = ",".join(COLUMNS)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "bigode.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table users (gamertag text, is_banned integer)")
        connection.execute(TABLE)
    return path


def add(database: Path, **values: object) -> None:
    told = {"gamertag": "HackerXYZ", "xuid": XUID, "infraction_type": "fly_hack", "severity": "CRÍTICA", **values}
    with closing(sqlite3.connect(database)) as connection, connection:
        marks = ", ".join("?" for _ in told)
        connection.execute(f"insert into infractions ({', '.join(told)}) values ({marks})", [*told.values()])


def read(database: Path, zone: str = "UTC") -> list[Row | Rejected]:
    return list(FORMAT.read(database, Options(zone=ZoneInfo(zone))))


def test_an_infraction_is_a_ban_for_good(database: Path) -> None:
    add(
        database,
        description="Construção a 1500m",
        evidence="[20:15:32] Placed WatchTower\nheight: 1523m",
        detected_at="2026-02-07 20:15:32",
        discord_id="123456789012345678",
        admin_notes="seen by two",
        ip_address="192.0.2.7",
    )

    (row,) = read(database, "America/Sao_Paulo")

    assert isinstance(row, Row)
    assert row == Row(
        key="infraction:1",
        player=row.player,
        name="HackerXYZ",
        punishments=(Punishment.BAN,),
        reason="Construção a 1500m",
        note="seen by two\nDiscord: 123456789012345678",
        evidence="[20:15:32] Placed WatchTower\nheight: 1523m",
        category="fly_hack",
        severity=Severity.CRITICAL,
        issued_at=datetime(2026, 2, 7, 23, 15, 32, tzinfo=UTC),
    )
    assert str(row.player) == f"xbox:{XUID}"


def test_what_the_flags_say(database: Path) -> None:
    add(database, ban_lifted=1)
    add(database, auto_banned=0, severity="GRAVE")
    add(database, severity="?", description="")

    lifted, warning, unknown = read(database)

    assert isinstance(lifted, Row)
    assert lifted.lifted == Lifted()
    assert isinstance(warning, Row)
    assert (warning.punishments, warning.severity) == ((), Severity.HIGH)
    assert isinstance(unknown, Row)
    assert (unknown.severity, unknown.reason) == (None, "fly_hack")
    assert unknown.issued_at is not None, "the time that SQLite set"


@pytest.mark.parametrize(
    ("xuid", "player"),
    [
        ("A" * 40, f"dayz:{'A' * 40}"),
        ("a" * 43 + "=", f"dayz:{'a' * 43}="),
        (XUID, f"xbox:{XUID}"),
    ],
    ids=["log-id-of-xbox", "log-id-of-playstation", "xuid"],
)
def test_whose_id_it_is_follows_from_its_form(database: Path, xuid: str, player: str) -> None:
    add(database, xuid=xuid)

    (row,) = read(database)

    assert isinstance(row, Row)
    assert str(row.player) == player


def test_who_is_known_by_gamertag_alone_is_rejected(database: Path) -> None:
    add(database, xuid=None)
    add(database, xuid="admin_xuid_1")
    add(database, detected_at="soon")
    add(database)

    *wrong, right = read(database)

    assert [each.why.partition(":")[0] for each in wrong if isinstance(each, Rejected)] == [
        "it has no XUID, only a gamertag",
        "'admin_xuid_1' is neither an XUID (13 to 20 digits) nor an id of DayZ's log",
        "detected_at is 'soon', which is no time like 2026-01-31 12",
    ]
    assert isinstance(right, Row)


def test_the_csv_has_no_ids_and_is_known_by_what_it_says(tmp_path: Path) -> None:
    content = f'{HEADER}\nHackerXYZ,{XUID},fly_hack,CRÍTICA,high,2026-02-07 20:15:32,"a, b"\n'

    row = row_in(FORMAT, tmp_path / "file", content)

    assert row.key == f"{XUID}:fly_hack:2026-02-07 20:15:32"
    assert (row.punishments, row.evidence, row.lifted) == ((Punishment.BAN,), "a, b", None)


def test_a_csv_with_all_columns_has_the_keys_of_the_database(tmp_path: Path) -> None:
    content = f"id,{HEADER},auto_banned,ban_lifted\n7,HackerXYZ,{XUID},fly_hack,GRAVE,x,2026-02-07 20:15:32,,1,1\n"

    row = row_in(FORMAT, tmp_path / "file", content)

    assert (row.key, row.lifted) == ("infraction:7", Lifted())


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table infractions (id integer)")

    with pytest.raises(Unreadable, match="BigodeTexas"):
        read(path)


def test_a_csv_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="infraction_type"):
        found_in(FORMAT, tmp_path / "file", "gamertag,xuid\n")
