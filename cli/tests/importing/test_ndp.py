import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cli.tests.importing.samples import found_in, rows_in

from banstream_cli.importing.formats.ndp import FORMAT
from banstream_cli.importing.rows import Options, Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment

AT = "2024-02-20T15:30:45.123456"
RELATED = "关联封禁：Alice"  # noqa: RUF001 - as NDP writes it
PLAYERS: dict[str, Any] = {
    "Alice": {"ip": "192.0.2.7", "cause": "使用外挂", "timestamp": AT, "related_ips": ["192.0.2.7"]},
    "bob": {"ip": "", "cause": 17, "timestamp": AT},
}
IPS: dict[str, Any] = {
    "192.0.2.7": {"cause": RELATED, "timestamp": AT, "players": ["Alice", "Alice"]},
    "192.0.2.99": {"cause": RELATED, "timestamp": AT, "players": ["Alice"]},
    "198.51.100.1": {"cause": "bots", "timestamp": AT, "players": []},
}


def listed(found: dict[str, Any], field: str) -> list[dict[str, Any]]:
    return [{field: name, **value} for name, value in found.items()]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"ips": IPS, "players": PLAYERS, "history": [{}], "pending": [{"username": "Eve"}]}, id="server"),
        pytest.param({"ip_bans": IPS, "player_bans": PLAYERS, "last_sync": AT}, id="plugin"),
        pytest.param({"bans": {"ip_bans": IPS, "player_bans": PLAYERS}}, id="plugin-nested"),
        pytest.param(
            {"action": "list", "active_players": listed(PLAYERS, "username"), "active_ips": listed(IPS, "ip")}, id="api"
        ),
    ],
)
def test_players_are_banned_with_their_address_and_other_addresses_alone(
    content: dict[str, Any], tmp_path: Path
) -> None:
    rows = rows_in(FORMAT, tmp_path / "file", json.dumps(content), Options(zone=ZoneInfo("Asia/Shanghai")))

    assert [(row.key, str(row.player or ""), row.address, row.reason) for row in rows] == [
        ("player:Alice", "minecraft:alice", "192.0.2.7", "使用外挂"),
        ("player:bob", "minecraft:bob", None, "17"),
        (key_of_address("192.0.2.99"), "", "192.0.2.99", "使用外挂"),
        (key_of_address("198.51.100.1"), "", "198.51.100.1", "bots"),
    ]
    assert {row.issued_at for row in rows} == {datetime(2024, 2, 20, 7, 30, 45, 123456, tzinfo=UTC)}
    assert {row.punishments for row in rows} == {(Punishment.BAN,)}
    assert all(row.expires_at is None and row.lifted is None for row in rows)


def test_an_address_that_is_no_longer_banned_there_is_not_banned_with_its_player(tmp_path: Path) -> None:
    (row,) = rows_in(FORMAT, tmp_path / "file", json.dumps({"players": {"Alice": PLAYERS["Alice"]}, "ips": {}}))

    assert (str(row.player), row.address) == ("minecraft:alice", None)


def test_names_that_differ_in_case_are_two_bans_there(tmp_path: Path) -> None:
    players = {name: {"ip": "", "cause": "x", "timestamp": AT} for name in ("Alice", "alice")}

    first, second = rows_in(FORMAT, tmp_path / "file", json.dumps({"players": players, "ips": {}}))

    assert first.player == second.player
    assert first.key != second.key


@pytest.mark.parametrize("ip", ["2001", "10.0.*.*", "0.0.0.0"])  # noqa: S104 - nothing is bound
def test_an_address_that_is_none_is_rejected_and_its_player_is_still_banned(ip: str, tmp_path: Path) -> None:
    content = {
        "players": {"Alice": {"ip": ip, "cause": "x", "timestamp": AT}},
        "ips": {ip: {"cause": RELATED, "timestamp": AT, "players": ["Alice"]}},
    }

    row = rows_in(FORMAT, tmp_path / "file", json.dumps(content))[0]

    assert (str(row.player), row.address) == ("minecraft:alice", None)
    assert ip in (row.note or "")

    content["players"] = {}
    (wrong,) = found_in(FORMAT, tmp_path / "file", json.dumps(content))
    assert isinstance(wrong, Rejected)
    assert wrong.place == f"ips['{ip}']"


def test_a_broken_entry_does_not_hold_up_the_others(tmp_path: Path) -> None:
    content = {
        "players": {
            "": {"cause": "nobody"},
            "a\nop Eve": {"cause": "a command"},
            "Cid": None,
            "Dan": {"timestamp": "yesterday"},
            "Eve": {"timestamp": None},
        }
    }

    found = found_in(FORMAT, tmp_path / "file", json.dumps(content))

    assert [each.key for each in found if isinstance(each, Row)] == ["player:Eve"]
    assert len([each for each in found if isinstance(each, Rejected)]) == 4


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"players"', "bans", '{"a": 1}', '{"recent_actions": []}'], ids=repr
)
def test_other_files_are_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="NDP"):
        found_in(FORMAT, tmp_path / "file", content)


def test_bans_of_nobody_are_none(tmp_path: Path) -> None:
    assert found_in(FORMAT, tmp_path / "file", '{"ips": {}, "players": {}, "history": [], "pending": []}') == []
