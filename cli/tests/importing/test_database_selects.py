"""The statements that operators are told run on tables as they are, and what they print is read."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from cli.tests.importing.samples import batch, rows_in

from banstream_cli.importing.formats import advancedban, banmanager, libertybans, litebans, sourcebans_table
from banstream_cli.importing.rows import Format, Lifted, Row, Unreadable

ANN, BOB = bytes(range(16)), bytes(range(16, 32))
ADDRESS = b"\xc0\0\2\7"
END, LIFTED_AT = 4_000_000_000, 1_700_000_060
Tables = dict[str, Sequence[dict[str, object]]]

SB_BAN: dict[str, object] = {
    **dict.fromkeys(("ip", "adminIp", "sid", "country", "RemovedBy", "RemoveType", "RemovedOn", "ureason")),
    **dict(zip(("bid", "authid", "name", "created"), (1, "STEAM_0:1:5", "Ann", 1_700_000_000), strict=True)),
    **dict(zip(("ends", "length", "reason", "aid", "type"), (0, 0, "aim", 3, 0), strict=True)),
}
SB_COMM = {name: value for name, value in SB_BAN.items() if name not in {"ip", "country"}}
SOURCEBANS: Tables = {
    "sb_bans": [SB_BAN],
    "sb_comms": [{**SB_COMM, "type": 2, "RemoveType": "U", "RemovedOn": LIFTED_AT, "RemovedBy": 3, "aid": 9}],
    "sb_admins": [{"aid": 3, "user": "Cid", "password": "secret"}],
}
LB_BAN: dict[str, object] = {
    **dict.fromkeys(("ip", "removed_by_uuid", "removed_by_name", "removed_by_reason", "removed_by_date")),
    **dict(zip(("id", "uuid", "reason", "banned_by_name"), (1, "u", "aim", "Cid"), strict=True)),
    **dict(zip(("time", "until", "server_scope", "ipban", "active"), (1_700_000_000_000, 0, "*", 0, 1), strict=True)),
}
LITEBANS: Tables = {
    "litebans_bans": [LB_BAN],
    "litebans_mutes": [{**LB_BAN, "removed_by_name": "Cid"}],
    "litebans_warnings": [{**LB_BAN, "warned": 1}],
    "litebans_history": [{"date": 1, "name": "Old", "uuid": "u"}, {"date": 2, "name": "Ann", "uuid": "u"}],
}
AB_BAN: dict[str, object] = {
    **dict(zip(("id", "name", "uuid", "reason", "operator"), (1, "Ann", "ann", "aim", "Cid"), strict=True)),
    **dict(zip(("punishmentType", "start", "end", "calculation"), ("BAN", 1_700_000_000_000, -1, None), strict=True)),
}
ADVANCEDBAN: Tables = {
    "PunishmentHistory": [AB_BAN, {**AB_BAN, "id": 2, "punishmentType": "MUTE"}],
    "Punishments": [{**AB_BAN, "id": 7}, {**AB_BAN, "id": 8, "punishmentType": "WARNING", "uuid": None}],
}
LIB_BAN: dict[str, object] = {
    **dict(
        zip(("id", "type", "victim_type", "victim_uuid", "victim_address"), (1, 0, 0, ANN, b"\0\0\0\0"), strict=True)
    ),
    **dict(zip(("operator", "reason", "scope_type", "scope"), (BOB, "aim", 0, ""), strict=True)),
    **dict(zip(("start", "end", "track"), (1_700_000_000, 0, None), strict=True)),
}
LIBERTYBANS: Tables = {
    "libertybans_simple_history": [
        LIB_BAN,
        {**LIB_BAN, "id": 2, "type": 1, "victim_type": 2, "victim_address": ADDRESS},
    ],
    "libertybans_simple_active": [LIB_BAN],
    "libertybans_latest_names": [{"uuid": ANN, "name": "Ann"}, {"uuid": BOB, "name": "Cid"}],
}
BM_BAN: dict[str, object] = {
    **dict(zip(("id", "player_id", "ip", "name"), (1, ANN, ADDRESS, "Ann"), strict=True)),
    **dict(
        zip(
            ("reason", "actor_id", "created", "expires", "onlineOnly"), ("aim", BOB, 1_700_000_000, END, 0), strict=True
        )
    ),
}
BM_RECORD: dict[str, object] = {
    **{name: BM_BAN[name] for name in ("id", "player_id", "ip", "name", "reason", "actor_id", "onlineOnly")},
    **dict(zip(("pastActor_id", "pastCreated", "expired"), (ANN, 1_600_000_000, END), strict=True)),
    **dict(zip(("created", "createdReason"), (LIFTED_AT, "sorry"), strict=True)),
}
BANMANAGER: Tables = {
    **{f"bm_{name}s": [BM_BAN] for name in ("player_ban", "player_mute", "ip_ban", "ip_mute", "name_ban")},
    **{f"bm_{name}_records": [BM_RECORD] for name in ("player_ban", "player_mute", "ip_ban", "ip_mute", "name_ban")},
    "bm_player_warnings": [BM_BAN],
    "bm_players": [{"id": ANN, "name": "Ann"}, {"id": BOB, "name": "Cid"}],
}


def printed(tables: Tables, statements: str) -> str:
    """What `mysql --batch` prints of the statements."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        for table, rows in tables.items():
            columns = [f'"{column}"' for column in rows[0]]
            connection.execute(f"create table {table} ({', '.join(columns)})")
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"insert into {table} values ({marks})", [[*row.values()] for row in rows])
        found = [connection.execute(statement).fetchall() for statement in statements.split(";")]
    return "".join(batch(*map(dict, rows)) for rows in found)


def _select_rows(form: Format, tables: Tables, statements: str, path: Path) -> list[Row]:
    return rows_in(form, path, printed(tables, statements))


def test_sourcebans(tmp_path: Path) -> None:
    ban, gag = _select_rows(sourcebans_table.FORMAT, SOURCEBANS, sourcebans_table.SELECT, tmp_path / "file")

    assert (ban.key, ban.issued_by, ban.lifted) == ("ban:1", "Cid", None)
    assert (gag.key, gag.issued_by) == ("comm:1", "admin 9")
    assert gag.lifted is not None
    assert gag.lifted.by == "Cid"


def test_litebans(tmp_path: Path) -> None:
    rows = _select_rows(litebans.FORMAT, LITEBANS, litebans.SELECT, tmp_path / "file")

    assert [(row.key, row.name, row.lifted) for row in rows] == [
        ("ban:1", "Ann", None),
        ("mute:1", "Ann", Lifted(by="Cid")),
        ("warning:1", "Ann", None),
    ]


def test_advancedban(tmp_path: Path) -> None:
    rows = _select_rows(advancedban.FORMAT, ADVANCEDBAN, advancedban.SELECT, tmp_path / "file")

    assert [(row.key, row.lifted) for row in rows] == [
        ("ban:ann:1700000000000", None),
        ("mute:ann:1700000000000", Lifted()),
        ("warning:ann:1700000000000", None),
    ]


def test_libertybans(tmp_path: Path) -> None:
    rows = _select_rows(libertybans.FORMAT, LIBERTYBANS, libertybans.SELECT, tmp_path / "file")

    assert [(row.key, row.name, row.issued_by, row.address, row.lifted) for row in rows] == [
        ("1", "Ann", "Cid", None, None),
        ("2", "Ann", "Cid", "192.0.2.7", Lifted()),
    ]


def test_banmanager(tmp_path: Path) -> None:
    rows = _select_rows(banmanager.FORMAT, BANMANAGER, banmanager.SELECT, tmp_path / "file")

    in_force = [row for row in rows if row.lifted is None]
    ended = [row for row in rows if row.lifted is not None]
    assert [row.key.partition(":")[0] for row in in_force] == [
        "ban",
        "mute",
        "ip_ban",
        "ip_mute",
        "name_ban",
        "warning",
    ]
    assert [row.key.partition(":")[0] for row in ended] == ["ban", "mute", "ip_ban", "ip_mute", "name_ban"]
    assert {row.issued_by for row in in_force} == {"Cid"}
    assert {(row.issued_by, row.reason) for row in ended} == {("Ann", "aim")}
    assert {(row.lifted.by, row.lifted.reason) for row in ended if row.lifted} == {("Cid", "sorry")}
    assert {row.address for row in rows} == {None, "192.0.2.7"}


@pytest.mark.parametrize(
    ("form", "statements"),
    [
        (sourcebans_table.FORMAT, sourcebans_table.SELECT),
        (litebans.FORMAT, litebans.SELECT),
        (advancedban.FORMAT, advancedban.SELECT),
        (libertybans.FORMAT, libertybans.SELECT),
        (banmanager.FORMAT, banmanager.SELECT),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_file_of_something_else_is_answered_with_the_statements(
    form: Format, statements: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match="mysql --batch") as error:
        rows_in(form, tmp_path / "file", "a\tb\n1\t2\n")

    assert statements in str(error.value)
