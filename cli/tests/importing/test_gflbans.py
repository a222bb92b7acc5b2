import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, rejected_in, row_in, rows_in

from banstream_cli.importing.formats.gflbans import FORMAT
from banstream_cli.importing.rows import Lifted, Rejected, Row, Unreadable
from banstream_contracts.infractions import Punishment, Scope

STEAM = "76561198000000007"
TOLD: dict[str, Any] = {
    "id": "64af00000000000000000001",
    "flags": 515,  # global, timed, ban, of the console
    "comments": [],
    "files": [],
    "server": "64af0000000000000000beef",
    "created": 1_700_000_000,
    "expires": 1_700_003_600,
    "player": {"gs_service": "steam", "gs_id": STEAM, "gs_name": "Ann", "ip": "192.0.2.7"},
    "reason": "aim bot",
}
KEPT = {
    "_id": {"$oid": TOLD["id"]},
    "flags": {"$numberInt": "515"},
    "server": {"$oid": TOLD["server"]},
    "created": {"$date": "2023-11-14T22:13:20Z"},
    "expires": {"$date": {"$numberLong": "1700003600000"}},
    "player": TOLD["player"],
    "reason": "aim bot",
}


def dumped(**changes: object) -> str:
    return json.dumps({name: value for name, value in {**TOLD, **changes}.items() if value is not None})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps(TOLD), id="of-the-api"),
        pytest.param(json.dumps(KEPT), id="of-mongoexport"),
        pytest.param(json.dumps([KEPT]), id="of-mongoexport-as-a-list"),
        pytest.param(json.dumps({"results": [TOLD], "total_matched": 1}), id="page-of-the-api"),
        pytest.param(json.dumps({"results": [TOLD], "total_matched": 1}, indent=2), id="page-over-several-lines"),
        pytest.param("\ufeff" + json.dumps(TOLD) + "\r\n", id="byte-order-mark"),
    ],
)
def test_an_infraction_is_the_same_however_it_is_written(content: str, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", content)

    assert row == Row(
        key="64af00000000000000000001",
        player=row.player,
        name="Ann",
        address="192.0.2.7",
        punishments=(Punishment.BAN,),
        reason="aim bot",
        scope=Scope.GLOBAL,
        issued_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        issued_by="SYSTEM",
        expires_at=datetime(2023, 11, 14, 23, 13, 20, tzinfo=UTC),
    )
    assert str(row.player) == f"steam:{STEAM}"


@pytest.mark.parametrize(
    ("flags", "punishments", "scope"),
    [
        (523, {"ban"}, Scope.GLOBAL),
        (525, {"ban"}, Scope.COMMUNITY),
        (393, {"voice_block", "chat_block"}, Scope.SERVER),
        (1 << 10 | 1 << 11 | 1 << 14 | 10, {"admin_chat_block", "call_admin_block", "item_block"}, Scope.GLOBAL),
        (10, set(), Scope.GLOBAL),
    ],
)
def test_flags_say_what_it_is_and_where_it_holds(
    flags: int, punishments: set[str], scope: Scope, tmp_path: Path
) -> None:
    row = row_in(FORMAT, tmp_path / "file", dumped(flags=flags, expires=1))

    assert {*row.punishments} == punishments
    assert row.scope is scope
    assert row.expires_at is None, "permanent by its flag"


def test_what_holds_on_one_server_names_none_of_ours(tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", dumped(flags=393))

    assert (row.scope, row.server_id) == (Scope.SERVER, None)
    assert row.note == "In GFLBans on the server 64af0000000000000000beef alone."


@pytest.mark.parametrize(
    ("changes", "lifted"),
    [
        pytest.param(
            {"flags": 515 | 64, "removed_on": 1_700_000_060, "removed_by": 7, "removal_reason": "sorry"},
            Lifted(datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC), "steam:76561197960265735", "sorry"),
            id="told",
        ),
        pytest.param({"flags": 515 | 64}, Lifted(), id="by-its-flag-alone"),
        pytest.param(
            {"removed_on": 1_700_000_060},
            Lifted(datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)),
            id="by-its-time-alone",
        ),
        pytest.param({}, None, id="not"),
    ],
)
def test_what_was_removed_is_lifted(changes: dict[str, object], lifted: Lifted | None, tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", dumped(**changes)).lifted == lifted


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"flags": 4355}, id="session"),
        pytest.param({"flags": 8451, "time_left": 0}, id="no-time-in-the-game"),
        pytest.param({"flags": 8451, "last_heartbeat": TOLD["created"]}, id="no-time-since"),
    ],
)
def test_what_never_held_has_ended_a_moment_after_it_began(changes: dict[str, object], tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", dumped(expires=None, **changes))

    assert row.expires_at == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)


def test_time_in_the_game_that_is_left_cannot_be_imported(tmp_path: Path) -> None:
    wrong = rejected_in(FORMAT, tmp_path / "file", dumped(flags=8451, expires=None, time_left=90, orig_length=300))

    assert "90 more seconds" in wrong.why


def test_time_in_the_game_that_is_used_up_has_ended(tmp_path: Path) -> None:
    told = dumped(flags=8451, expires=None, time_left=0, orig_length=300, last_heartbeat=1_700_000_500)

    assert row_in(FORMAT, tmp_path / "file", told).expires_at == datetime(2023, 11, 14, 22, 21, 40, tzinfo=UTC)


def test_an_address_alone_is_banned_and_a_vpn_beside_a_player_is_not(tmp_path: Path) -> None:
    alone = row_in(FORMAT, tmp_path / "file", dumped(player={"ip": "2001:db8::7"}))
    beside = row_in(FORMAT, tmp_path / "file", dumped(flags=515 | 16))

    assert (alone.player, alone.address) == (None, "2001:db8::7")
    assert beside.player is not None
    assert beside.address is None


@pytest.mark.parametrize("ip", ["loopback", "0.0.0.0", "1.2.3.*"])  # noqa: S104 - nothing is bound
def test_an_address_that_cannot_be_banned_is_told_beside_the_player(ip: str, tmp_path: Path) -> None:
    row = row_in(FORMAT, tmp_path / "file", dumped(player={**TOLD["player"], "ip": ip}))

    assert row.player is not None
    assert row.address is None
    assert ip in (row.note or "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"id": None}, "no id", id="no-id"),
        pytest.param({"flags": None}, "flags", id="no-flags"),
        pytest.param({"flags": -1}, "no set of bits", id="negative-flags"),
        pytest.param({"flags": True}, "no number", id="flags-no-number"),
        pytest.param({"expires": None}, "names no end", id="no-end"),
        pytest.param({"expires": 10**18}, "in no year", id="end-of-all-time"),
        pytest.param({"created": None}, "created", id="no-beginning"),
        pytest.param({"player": {"ip": "MISSING_PERMISSIONS"}}, "hidden", id="hidden-address"),
        pytest.param({"player": None}, "address", id="nobody"),
        pytest.param({"player": {"gs_service": "steam", "gs_id": "STEAM_ID_LAN"}}, "Steam id", id="no-steam-id"),
        pytest.param({"player": [1]}, "object", id="player-no-object"),
    ],
)
def test_what_is_wrong_with_one_is_told_and_the_next_is_read(
    changes: dict[str, object], said: str, tmp_path: Path
) -> None:
    content = f"{dumped(**changes)}\n" + "{broken\n" + dumped(id="2" * 24)

    wrong, broken, right = found_in(FORMAT, tmp_path / "file", content)

    assert isinstance(wrong, Rejected)
    assert said in wrong.why
    assert wrong.place == "line 1"
    assert isinstance(broken, Rejected)
    assert isinstance(right, Row)


def test_a_document_that_comes_twice_is_rejected_once(tmp_path: Path) -> None:
    first, second = found_in(FORMAT, tmp_path / "file", f"{dumped()}\n{dumped()}\n")

    assert isinstance(first, Row)
    assert isinstance(second, Rejected)


def test_pages_follow_one_another(tmp_path: Path) -> None:
    pages = "\n".join(json.dumps({"results": [{**TOLD, "id": f"{page:024x}"}]}) for page in (1, 2))

    assert [row.key[-1] for row in rows_in(FORMAT, tmp_path / "file", pages)] == ["1", "2"]


@pytest.mark.parametrize("content", ["", "  \n", "[", '"text"'])
def test_other_files_give_nothing(content: str, tmp_path: Path) -> None:
    try:
        found = found_in(FORMAT, tmp_path / "file", content)
    except Unreadable as error:
        assert "GFLBans" in str(error)  # noqa: PT017 - or it is rejected
    else:
        assert all(isinstance(each, Rejected) for each in found)
