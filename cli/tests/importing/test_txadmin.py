import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, rows_in

from banstream_cli.importing.formats.txadmin import FORMAT
from banstream_cli.importing.rows import Lifted, Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

LICENSE, LICENSE_2 = "0123456789abcdef0123456789abcdef01234567", "f" * 40
BAN: dict[str, Any] = {
    "type": "ban",
    "id": "B3K7-XY2Q",
    "ids": [f"license:{LICENSE}", "steam:110000100006073", "discord:272800190639898628", f"license2:{LICENSE_2}"],
    "hwids": ["2:" + "a" * 64],
    "playerName": "Ann",
    "reason": "cheating",
    "author": "tabarra",
    "timestamp": 1_700_000_000,
    "expiration": False,
    "revocation": {"timestamp": None, "author": None},
}
WARN = BAN | {"type": "warn", "id": "W3K7-XY2Q", "acked": True}
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def database(*actions: object, **more: object) -> str:
    return json.dumps(
        {
            "version": 5,
            "players": [{"license": LICENSE, "ids": []}],
            "actions": actions,
            "whitelistRequests": [],
            **more,
        },
        separators=(",", ":"),
    )


def test_a_ban_is_a_row_for_each_identifier(tmp_path: Path) -> None:
    rows = {row.key: row for row in rows_in(FORMAT, tmp_path / "file", database(BAN))}
    assert {key: row.player for key, row in rows.items()} == {
        f"B3K7-XY2Q/license:{LICENSE}": Player(service="fivem", id=LICENSE),
        "B3K7-XY2Q/steam:110000100006073": Player(service="steam", id="76561197960290419"),
        "B3K7-XY2Q/discord:272800190639898628": Player(service="discord", id="272800190639898628"),
        f"B3K7-XY2Q/license2:{LICENSE_2}": Player(service="fivem", id=f"license2:{LICENSE_2}"),
    }
    assert rows[f"B3K7-XY2Q/license:{LICENSE}"] == Row(
        key=f"B3K7-XY2Q/license:{LICENSE}",
        player=Player(service="fivem", id=LICENSE),
        name="Ann",
        punishments=(Punishment.BAN,),
        reason="cheating",
        issued_at=MOMENT,
        issued_by="tabarra",
    )


def test_a_warning_is_one_row_by_the_license(tmp_path: Path) -> None:
    ids = ["discord:272800190639898628", f"license:{LICENSE}"]
    (row,) = rows_in(FORMAT, tmp_path / "file", database(WARN | {"ids": ids}))
    assert (row.key, row.punishments) == (f"W3K7-XY2Q/license:{LICENSE}", ())
    (row,) = rows_in(FORMAT, tmp_path / "file", database(WARN | {"ids": ids[:1]}))
    assert row.player == Player(service="discord", id="272800190639898628")


def test_what_was_revoked_is_lifted_and_what_ended_is_not(tmp_path: Path) -> None:
    one = BAN | {"ids": [f"license:{LICENSE}"], "expiration": 1_700_003_600}
    revoked = one | {"id": "B3AA-BBBB", "revocation": {"timestamp": 1_700_000_060, "author": "Bob"}}
    ended, lifted = rows_in(FORMAT, tmp_path / "file", database(one, revoked))
    assert (ended.expires_at, ended.lifted) == (MOMENT + timedelta(hours=1), None)
    assert (lifted.expires_at, lifted.lifted) == (
        MOMENT + timedelta(hours=1),
        Lifted(MOMENT + timedelta(minutes=1), "Bob"),
    )


def test_version_three_names_identifiers_otherwise(tmp_path: Path) -> None:
    old = {name: value for name, value in BAN.items() if name not in {"ids", "hwids", "expiration"}}
    old |= {"identifiers": [f"license:{LICENSE}", "ip:192.0.2.7"], "id": "BA99-XY2Q", "playerName": False}
    by_license, by_address = sorted(
        rows_in(FORMAT, tmp_path / "file", database(old, version=3)), key=lambda row: row.name or row.key, reverse=True
    )
    assert (by_license.name, by_license.expires_at) == (None, None)
    assert (by_address.address, by_address.key) == ("192.0.2.7", f"BA99-XY2Q/{key_of_address('192.0.2.7')}")


def test_a_broken_identifier_is_rejected_and_the_others_taken(tmp_path: Path) -> None:
    ids = ["license:short", "rubbish", "steam:1", "ip:0.0.0.0", f"license:{LICENSE}", f"license:{LICENSE}", 7]
    found = found_in(FORMAT, tmp_path / "file", database(BAN | {"ids": ids}))
    assert [each.key for each in found if isinstance(each, Row)] == [f"B3K7-XY2Q/license:{LICENSE}"]
    assert {each.place for each in found if isinstance(each, Rejected)} == {
        f"actions[0], '{identifier}'" for identifier in ("license:short", "rubbish", "steam:1", "ip:0.0.0.0")
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ids": []}, "no identifier"),
        ({"ids": None}, "no identifier"),
        ({"ids": "license:x"}, "no identifier"),
        ({"id": None}, "no id"),
        ({"expiration": True}, "its end is 'True'"),
        ({"expiration": "soon"}, "its end is 'soon'"),
        ({"timestamp": 10**20}, "no year"),
        ({"revocation": {"timestamp": [], "author": None}}, "when it was revoked is"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_broken_action_is_rejected_and_the_next_one_taken(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    wrong, *rows = found_in(FORMAT, tmp_path / "file", database(BAN | changes, BAN | {"id": "B3AA-BBBB"}))
    assert isinstance(wrong, Rejected)
    assert (wrong.place, len(rows)) == ("actions[0]", 4)
    assert why in wrong.why


def test_other_actions_and_odd_ones_are_passed_over(tmp_path: Path) -> None:
    kinds: list[object] = ["whitelist", None, [], {}]
    odd = [BAN | {"type": kind} for kind in kinds]
    assert rows_in(FORMAT, tmp_path / "file", database(*odd)) == []
    assert [type(each) for each in found_in(FORMAT, tmp_path / "file", database("x", None, 5))] == [Rejected] * 3


def test_the_same_action_twice_is_told(tmp_path: Path) -> None:
    one = BAN | {"ids": [f"license:{LICENSE}"]}
    _, twice = found_in(FORMAT, tmp_path / "file", database(one, one))
    assert isinstance(twice, Rejected)
    assert twice.place == "actions[1]"


@pytest.mark.parametrize("as_stream", [False, True], ids=["file", "pipe"])
def test_nul_bytes_anywhere_name_the_copy(as_stream: bool, tmp_path: Path) -> None:
    content = database(BAN).encode()
    for damaged in (b"\0" * 5000, content[:-40] + b"\0" * 40):
        path = tmp_path / "file"
        path.write_bytes(damaged)
        source = io.BytesIO(damaged) if as_stream else path
        with pytest.raises(Unreadable, match=r"take playersDB\.backup\.json"):
            next(iter(FORMAT.read(source, Options())))


def test_a_version_to_come_is_told_and_its_rows_read(tmp_path: Path) -> None:
    wrong, *rows = found_in(FORMAT, tmp_path / "file", database(BAN, version=6))
    assert isinstance(wrong, Rejected)
    assert ("version of the file is '6'" in wrong.why, len(rows)) == (True, 4)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"actions": {}}', "<html>", "null"], ids=repr)
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"this is no playersDB\.json"):
        found_in(FORMAT, tmp_path / "file", content)
