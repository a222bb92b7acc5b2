import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli.tests.importing.samples import found_in, row_in, rows_in

from banstream_cli.importing.formats.battlemetrics import FORMAT
from banstream_cli.importing.rows import Rejected, Row, Unreadable
from banstream_cli.importing.text_lists import key_of_address
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player

STEAM = {"type": "steamID", "identifier": "76561197960290419", "manual": False}
GUID = "0123456789ABCDEF0123456789abcdef"
ATTRIBUTES: dict[str, Any] = {
    "id": 17,
    "uid": "abcd1234",
    "timestamp": "2023-11-14T22:13:20.000Z",
    "reason": "Cheating ({{duration}} ban)",
    "note": "seen by two",
    "expires": "2023-11-15T22:13:20.000Z",
    "identifiers": [STEAM],
    "orgWide": True,
    "autoAddEnabled": True,
    "nativeEnabled": None,
}
BAN: dict[str, Any] = {
    "type": "ban",
    "id": "17",
    "meta": {"player": "Ann"},
    "attributes": ATTRIBUTES,
    "relationships": {"user": {"data": {"type": "user", "id": "5"}}, "player": {"data": {"type": "player", "id": "9"}}},
}
INCLUDED = [
    {"type": "user", "id": "5", "attributes": {"nickname": "Bob"}},
    {"type": "identifier", "id": "33", "attributes": {"type": "BEGUID", "identifier": GUID}},
]
MOMENT = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def page(*bans: object, included: object = INCLUDED) -> str:
    return json.dumps({"data": bans, "included": included, "links": {"next": "https://api.battlemetrics.com/bans?x"}})


def ban(**changes: object) -> dict[str, Any]:
    return BAN | {"attributes": ATTRIBUTES | changes}


def test_a_ban_is_whole(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", page(BAN)) == Row(
        key="17/steam:76561197960290419",
        player=Player(service="steam", id="76561197960290419"),
        name="Ann",
        punishments=(Punishment.BAN,),
        reason="Cheating ({{duration}} ban)",
        note="seen by two",
        issued_at=MOMENT,
        issued_by="Bob",
        expires_at=MOMENT + timedelta(days=1),
    )


def test_each_identifier_that_can_be_banned_is_a_row_and_the_others_are_noted(tmp_path: Path) -> None:
    identifiers = [
        STEAM,
        33,
        {"type": "ip", "identifier": "192.0.2.7"},
        {"type": "name", "identifier": "Ann the Great"},
        {"type": "hllWindowsID", "identifier": "abc"},
        {"type": "eosID", "identifier": GUID},
        STEAM,
    ]
    rows = rows_in(FORMAT, tmp_path / "file", page(ban(identifiers=identifiers)))
    assert {row.key: str(row.player or row.address) for row in rows} == {
        "17/steam:76561197960290419": "steam:76561197960290419",
        f"17/battleye:{GUID.lower()}": f"battleye:{GUID.lower()}",
        f"17/{key_of_address('192.0.2.7')}": "192.0.2.7",
        f"17/eos:{GUID.lower()}": f"eos:{GUID.lower()}",
    }
    assert {row.note for row in rows} == {"seen by two\nname: Ann the Great\nhllwindowsid: abc"}


def test_an_identifier_that_stands_nowhere_is_rejected_beside_the_others(tmp_path: Path) -> None:
    wrong, row = found_in(FORMAT, tmp_path / "file", page(ban(identifiers=[34, STEAM])))
    assert isinstance(wrong, Rejected)
    assert "identifier '34' stands nowhere in the page" in wrong.why
    assert isinstance(row, Row)


@pytest.mark.parametrize(
    "written",
    [
        page(BAN) + "\n" + page(ban() | {"id": "18"}),
        f"[{page(BAN)}, {page(ban() | {'id': '18'})}]",
        page(BAN, BAN | {"id": "18"}),
        "\ufeff" + page(BAN) + "\r\n\r\n" + page(BAN | {"id": "18"}) + "\r\n",
    ],
    ids=["json-lines", "list-of-pages", "one-page", "windows"],
)
def test_many_pages_are_one_file(written: str, tmp_path: Path) -> None:
    assert [row.key.split("/")[0] for row in rows_in(FORMAT, tmp_path / "file", written)] == ["17", "18"]


def test_one_ban_by_its_id_is_a_page_too(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", json.dumps({"data": BAN})).issued_by == "BattleMetrics user 5"


def test_the_same_page_twice_is_told(tmp_path: Path) -> None:
    row, twice = found_in(FORMAT, tmp_path / "file", page(BAN) + page(BAN))
    assert isinstance(row, Row)
    assert isinstance(twice, Rejected)
    assert "stands in document 1: data[0] already" in twice.why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identifiers": []}, "names no identifier that can be banned, only none"),
        ({"identifiers": None}, "names no identifier"),
        ({"identifiers": [{"type": "name", "identifier": "x"}]}, "only name: x"),
        ({"identifiers": [{"type": "steamID", "identifier": "1"}]}, "a Steam id is"),
        ({"identifiers": [{"type": "ip", "identifier": "192.0.2.*"}]}, "is a range"),
        ({"identifiers": [{"type": [], "identifier": {}}]}, "stands nowhere"),
        ({"expires": "later"}, "its end is 'later'"),
        ({"expires": 1_700_000_000}, "its end is"),
        ({"timestamp": {}}, "its timestamp is"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_broken_ban_is_rejected_and_the_next_one_taken(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    wrong, row = found_in(FORMAT, tmp_path / "file", page(ban(**changes), BAN | {"id": "18"}))
    assert isinstance(wrong, Rejected)
    assert why in wrong.why
    assert wrong.place.startswith("document 1: data[0]")
    assert isinstance(row, Row)


def test_a_ban_without_end_never_ends_and_odd_ones_are_rejected(tmp_path: Path) -> None:
    assert row_in(FORMAT, tmp_path / "file", page(ban(expires=None))).expires_at is None
    odd = ["x", None, {"id": "1"}, BAN | {"id": None}, BAN | {"attributes": []}]
    assert [type(each) for each in found_in(FORMAT, tmp_path / "file", page(*odd))] == [Rejected] * 5
    assert rows_in(FORMAT, tmp_path / "file", page({"type": "banExemption", "id": "1"}, included=None)) == []


def test_an_error_among_pages_is_told(tmp_path: Path) -> None:
    error = '{"errors": [{"title": "Too many requests"}]}'
    row, wrong = found_in(FORMAT, tmp_path / "file", page(BAN) + error)
    assert isinstance(row, Row)
    assert isinstance(wrong, Rejected)
    assert wrong.place == "document 2"
    with pytest.raises(Unreadable, match="an error was saved"):
        found_in(FORMAT, tmp_path / "file", error)


@pytest.mark.parametrize("content", ["", "<html>", "[1]", '"x"'], ids=repr)
def test_another_file_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="BattleMetrics"):
        found_in(FORMAT, tmp_path / "file", content)
