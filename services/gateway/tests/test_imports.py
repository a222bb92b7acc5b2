"""Imports from other systems, through HTTP, on a real bus."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Actor
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_contracts.results import CommandResult, Refusal
from banstream_gateway.answers import history_json
from banstream_runtime.identifiers import new_id

IMPORT, OTHER = "c1" * 12, "c2" * 12
PATH = f"/v1/imports/{IMPORT}"
ROW = {
    "row": "ban:7",
    "player": {"service": "steam", "id": "76561197960265729", "name": "Trillian", "ip": "192.0.2.7"},
    "punishments": ["ban"],
    "reason": "aimbot",
    "issued_at": "2020-05-01T12:00:00Z",
    "issued_by": "Old Admin",
}

UNDATED = {name: value for name, value in ROW.items() if name != "issued_at"}


def body(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"source": "sourcebans", "infractions": list(rows), **changes}


def outcomes(answer: Any) -> list[str]:
    return [each["outcome"] for each in answer.json["items"]]


async def test_a_row_is_taken_over_once_and_again_when_it_has_changed(
    gateway: Running, infractions: Infractions
) -> None:
    tried = await gateway.call("POST", PATH, body(ROW, dry_run=True))
    assert (tried.status, outcomes(tried), infractions.carried_out) == (200, ["new"], [])
    done = await gateway.call("POST", PATH, body(ROW))
    assert (outcomes(done), done.json["position"]) == (["new"], infractions.position)
    [command] = infractions.carried_out
    assert (command.source, command.row, command.issued_by) == ("sourcebans", "ban:7", "Old Admin")
    assert command.began_at == datetime(2020, 5, 1, 12, tzinfo=UTC)
    assert command.infraction_id == tried.json["items"][0]["infraction_id"] == done.json["items"][0]["infraction_id"]
    assert "192.0.2.7" not in command.model_dump_json()

    for same in (ROW, {**ROW, "lifted": None}):
        again = await gateway.call("POST", f"/v1/imports/{OTHER}", body(same))
        assert (outcomes(again), len(infractions.carried_out)) == (["same"], 1)
    changed = await gateway.call("POST", PATH, body({**ROW, "lifted": {"by": "Head Admin"}}, {**ROW, "row": "ban:8"}))
    assert outcomes(changed) == ["changed", "new"]
    assert {each.infraction_id for each in infractions.carried_out} == {
        command.infraction_id,
        changed.json["items"][1]["infraction_id"],
    }
    assert len({each.command_id for each in infractions.carried_out}) == 3


async def test_all_that_a_row_tells_is_handed_on(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("key", "check", kind="server")
    told = {
        **ROW,
        "punishments": ["voice_block", "chat_block"],
        "note": "seen twice",
        "evidence": "https://example.com/demo",
        "category": "aimbot",
        "severity": "high",
        "scope": "server",
        "server_id": server.id,
        "expires_at": "2020-06-01T12:00:00Z",
        "lifted": {"at": "2020-05-02T12:00:00Z", "by": "Head Admin", "reason": "appeal"},
    }
    await gateway.call("POST", PATH, body(told))
    [command] = infractions.carried_out
    sent = json.loads(command.model_dump_json(exclude_none=True))
    handed_on = told.keys() - {"player", "issued_at", "expires_at"}
    assert {name: sent[name] for name in handed_on} == {name: told[name] for name in handed_on}
    assert (sent["began_at"], sent["ends_at"]) == (told["issued_at"], told["expires_at"])
    assert (sent["player"]["id"], sent["player_name"]) == ("76561197960265729", "Trillian")
    assert command.address.hash == gateway.gateway.addresses.sealed_address("192.0.2.7").hash


async def test_an_id_is_in_the_order_of_time_and_of_the_source(gateway: Running) -> None:
    rows = [
        {**ROW, "row": "1"},
        {**ROW, "row": "2", "issued_at": "2021-01-01T00:00:00+01:00"},
        UNDATED,
    ]
    answer = await gateway.call("POST", PATH, body(*rows, dry_run=True))
    [first, second, undated] = [each["infraction_id"] for each in answer.json["items"]]
    assert first < second < f"{int(datetime.now(UTC).timestamp() * 1000):012x}"
    assert undated < first
    other = await gateway.call("POST", PATH, body(rows[0], source="litebans", dry_run=True))
    assert other.json["items"][0]["infraction_id"] != first


async def test_what_staff_have_changed_and_what_is_refused_is_said_row_by_row(
    gateway: Running, infractions: Infractions
) -> None:
    infractions.refuses = Refusal(code="changed-here", message="it was changed here")
    left = await gateway.call("POST", PATH, body(ROW))
    assert left.status == 200
    assert [(each["outcome"], each["detail"]) for each in left.json["items"]] == [("left", "it was changed here")]
    infractions.refuses = Refusal(code="immune", message="Eli is immune")
    refused = await gateway.call("POST", PATH, body({**ROW, "row": "ban:9"}))
    assert [(each["outcome"], each["detail"]) for each in refused.json["items"]] == [("refused", "Eli is immune")]
    assert "position" not in refused.json


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**ROW, "ip": "192.0.2.7"}, "infractions.0"),
        ({**ROW, "player": None}, "infractions.0"),
        ({**ROW, "expires_at": "2020-05-01T12:00:00Z"}, "infractions.0"),
        ({**ROW, "issued_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "infractions.0.issued_at"),
        ({**ROW, "issued_at": "1969-12-31T23:59:59Z"}, "infractions.0.issued_at"),
        ({**UNDATED, "expires_at": "0001-01-01T00:00:00+14:00"}, "infractions.0.expires_at"),
        ({**ROW, "lifted": {"at": "0001-01-01T00:00:00+14:00"}}, "infractions.0.lifted.at"),
        ({**ROW, "lifted": {"at": "9999-12-31T23:59:59-14:00"}}, "infractions.0.lifted.at"),
        ({**ROW, "issued_at": "2020-05-01 12:00:00"}, "infractions.0.issued_at"),
        ({**ROW, "scope": "server"}, "infractions.0"),
        ({**ROW, "scope": "server", "server_id": "1" * 24}, "infractions.0.server_id"),
        ({**ROW, "reason": "two\nlines"}, "infractions.0.reason"),
        ({**ROW, "row": ""}, "infractions.0.row"),
        ({**ROW, "player": {**ROW["player"], "ip": "nowhere"}}, "infractions.0.player.ip"),  # type: ignore[dict-item]
        ({**ROW, "lifted": {"by": "x" * 129}}, "infractions.0.lifted.by"),
        ({**ROW, "banned": True}, "infractions.0.banned"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_row_that_cannot_be_is_named(gateway: Running, row: dict[str, Any], field: str) -> None:
    answer = await gateway.call("POST", PATH, body(row))
    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == [field]


async def test_every_row_that_cannot_be_is_named_at_once(gateway: Running) -> None:
    future = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    nowhere = {"scope": "server", "server_id": "1" * 24}
    rows = [{**ROW, "issued_at": future}, {**ROW, "row": "2"}, {**ROW, "row": "3", **nowhere}]
    answer = await gateway.call("POST", PATH, body(*rows))
    assert [each["field"] for each in answer.json["errors"]] == ["infractions.0.issued_at", "infractions.2.server_id"]


async def test_rows_come_each_once_and_not_more_than_a_hundred(gateway: Running, infractions: Infractions) -> None:
    twice = await gateway.call("POST", PATH, body(ROW, ROW))
    assert (twice.status, "infractions.1.row comes twice" in twice.body.decode()) == (422, True)
    many = [{**ROW, "row": str(number)} for number in range(101)]
    assert (await gateway.call("POST", PATH, body(*many))).status == 422
    assert (await gateway.call("POST", PATH, body())).status == 422
    taken = await gateway.call("POST", PATH, body(*many[:100]))
    assert outcomes(taken) == ["new"] * 100
    assert taken.json["position"] == int(taken.headers["Banstream-Position"]) == infractions.position
    assert len(infractions.carried_out) == 100


async def test_only_who_may_do_everything_imports(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("punisher", "check", "report", "punish")
    for method, path in (("POST", PATH), ("POST", f"{PATH}/undo"), ("GET", PATH), ("GET", "/v1/imports")):
        assert (await gateway.call(method, path, body(ROW), secret="punisher")).status == 403
    assert (await gateway.call("POST", "/v1/imports/7", body(ROW))).status == 404


async def test_a_token_whose_bans_wait_for_staff_imports_nothing(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("reviewed", "report", "admin", review=True)
    for path, content in ((PATH, body(ROW)), (PATH, body(ROW, dry_run=True)), (f"{PATH}/undo", {"reason": "x"})):
        assert (await gateway.call("POST", path, content, secret="reviewed")).status == 403
    assert infractions.carried_out == []


async def test_a_row_that_is_of_somebody_else_by_now_is_refused_and_not_begun(
    gateway: Running, infractions: Infractions
) -> None:
    await gateway.call("POST", PATH, body(ROW))
    alone = {**ROW, "player": None, "ip": "192.0.2.7"}
    for other in ({**ROW, "player": {"service": "steam", "id": "76561197960265730"}}, alone):
        for dry_run in (True, False):
            moved = await gateway.call("POST", PATH, body(other, dry_run=dry_run))
            assert outcomes(moved) == ["refused"]
            assert "of another player or address" in moved.json["items"][0]["detail"]
    assert len(infractions.carried_out) == 1


async def test_what_somebody_else_did_meanwhile_is_said(
    gateway: Running, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = CommandResult(command_id=new_id(), status="unchanged", position=infractions.position)
    decide = infractions.decide
    monkeypatch.setattr(
        infractions, "decide", lambda command: nothing.model_copy(update={"command_id": command.command_id})
    )
    assert outcomes(await gateway.call("POST", PATH, body(ROW))) == ["same"]
    monkeypatch.setattr(infractions, "decide", decide)
    await gateway.call("POST", PATH, body(ROW))
    monkeypatch.setattr(
        infractions, "decide", lambda command: nothing.model_copy(update={"command_id": command.command_id})
    )
    assert outcomes(await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})) == ["ended"]
    monkeypatch.setattr(infractions, "decide", decide)
    infractions.refuses = Refusal(code="ended", message="the infraction has reached its end")
    assert outcomes(await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})) == ["ended"]


async def test_what_is_not_known_in_time_is_accepted(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "admin")
    gateway = await start(position_timeout_seconds=0.05)
    await until(gateway.is_ready)
    infractions.tells_standings = infractions.feeds_buckets = False
    assert outcomes(await gateway.call("POST", PATH, body(ROW))) == ["accepted"]
    assert outcomes(await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})) == ["accepted"]
    assert [each.type for each in infractions.carried_out] == ["import_infraction", "lift_infraction"]


async def test_with_infractions_away_nothing_is_begun(gateway: Running, infractions: Infractions) -> None:
    await infractions.stop()
    away = await gateway.call("POST", PATH, body(ROW))
    assert (away.status, "Retry-After" in away.headers) == (503, True)
    await infractions.start()
    assert outcomes(await gateway.call("POST", PATH, body(ROW))) == ["new"]


async def test_an_import_is_shown_and_taken_back_page_by_page(gateway: Running, infractions: Infractions) -> None:
    rows = [{**ROW, "row": str(number), "issued_at": f"2020-05-0{number}T12:00:00Z"} for number in range(1, 4)]
    await gateway.call("POST", PATH, body(*rows))
    listed = await gateway.call("GET", "/v1/imports")
    assert [(each["import_id"], each["source"], each["infractions"]) for each in listed.json["items"]] == [
        (IMPORT, "sourcebans", 3)
    ]
    one = await gateway.call("GET", PATH)
    assert (one.json["in_force"], one.json["undone"], one.json["changed"]) == (3, 0, 0)
    held = await gateway.call("GET", f"{PATH}/infractions")
    assert [each["imported"]["row"] for each in held.json["items"]] == ["1", "2"]
    assert not held.json["items"][0]["imported"].keys() & {"digest", "position"}

    done_before = len(infractions.carried_out)
    tried = await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file", "dry_run": True})
    assert (outcomes(tried), len(infractions.carried_out)) == (["undone", "undone"], done_before)
    first = await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})
    assert [(each["row"], each["outcome"], each["player"]["id"]) for each in first.json["items"]] == [
        ("1", "undone", "76561197960265729"),
        ("2", "undone", "76561197960265729"),
    ]
    undone = infractions.carried_out[done_before:]
    assert {(each.import_id, each.reason) for each in undone} == {(IMPORT, "wrong file")}
    last = await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file", "cursor": first.json["next"]})
    assert (outcomes(last), last.json["next"]) == (["undone"], None)
    again = await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})
    assert outcomes(again) == ["ended", "ended"]
    for method, path, content in (
        ("GET", f"/v1/imports/{'c9' * 12}", None),
        ("POST", f"/v1/imports/{'c9' * 12}/undo", {"reason": "x"}),
    ):
        unknown = await gateway.call(method, path, content)
        assert (unknown.status, unknown.json["type"]) == (404, "urn:banstream:problem:unknown-import")


async def test_what_was_changed_here_since_is_left_by_undoing(gateway: Running, infractions: Infractions) -> None:
    await gateway.call("POST", PATH, body(ROW))
    [infraction] = infractions.infractions.values()
    infractions.infractions[infraction.id] = infraction.model_copy(update={"position": infraction.position + 1})
    undone = await gateway.call("POST", f"{PATH}/undo", {"reason": "wrong file"})
    assert outcomes(undone) == ["left"]
    assert len(infractions.carried_out) == 1


async def test_some_of_an_import_are_taken_back_and_no_others(gateway: Running, infractions: Infractions) -> None:
    rows = [{**ROW, "row": str(number)} for number in range(1, 6)]
    ids = [each["infraction_id"] for each in (await gateway.call("POST", PATH, body(*rows))).json["items"]]
    elsewhere = await gateway.call("POST", f"/v1/imports/{OTHER}", body({**ROW, "row": "6"}))
    of_another = elsewhere.json["items"][0]["infraction_id"]
    changed = infractions.infractions[ids[2]]
    infractions.infractions[ids[2]] = changed.model_copy(update={"position": changed.position + 1})
    done_before = len(infractions.carried_out)

    some = {"reason": "gone there", "only": [*ids[:4], of_another, "0" * 24]}
    tried = await gateway.call("POST", f"{PATH}/undo", {**some, "dry_run": True})
    told = [(each["row"], each["outcome"]) for each in tried.json["items"]]
    assert told == [("1", "undone"), ("2", "undone"), ("3", "left"), ("4", "undone")]
    assert (tried.json["next"], len(infractions.carried_out)) == (None, done_before)

    done = await gateway.call("POST", f"{PATH}/undo", some)
    assert (done.json["items"], done.json["position"]) == (tried.json["items"], infractions.position)
    lifts = infractions.carried_out[done_before:]
    assert {(each.infraction_id, each.import_id, each.reason) for each in lifts} == {
        (ids[number], IMPORT, "gone there") for number in (0, 1, 3)
    }
    again = await gateway.call("POST", f"{PATH}/undo", some)
    assert outcomes(again) == ["ended", "ended", "left", "ended"]


async def test_nothing_is_taken_back_of_what_is_not_of_the_import(gateway: Running, infractions: Infractions) -> None:
    done = await gateway.call("POST", PATH, body(ROW))
    of_import = done.json["items"][0]["infraction_id"]
    for path, only in ((f"/v1/imports/{OTHER}/undo", of_import), (f"{PATH}/undo", "0" * 24)):
        answer = await gateway.call("POST", path, {"reason": "gone there", "only": [only]})
        assert (answer.status, answer.json) == (200, {"items": [], "next": None})
    assert len(infractions.carried_out) == 1


@pytest.mark.parametrize(
    "some",
    [
        {"only": []},
        {"only": [f"{number:024x}" for number in range(101)]},
        {"only": ["1" * 24, "1" * 24]},
        {"only": ["1" * 24], "cursor": "0" * 24},
        {"only": ["ban:7"]},
        {"only": None, "some": ["1" * 24]},
    ],
    ids=["none", "too-many", "twice", "cursor", "no-id", "other-field"],
)
async def test_what_is_to_be_taken_back_is_named_each_once(
    gateway: Running, infractions: Infractions, some: dict[str, Any]
) -> None:
    await gateway.call("POST", PATH, body(ROW))
    answer = await gateway.call("POST", f"{PATH}/undo", {"reason": "gone there", **some})
    assert (answer.status, len(infractions.carried_out)) == (422, 1)


async def test_where_an_infraction_was_before_is_for_staff(gateway: Running, infractions: Infractions) -> None:
    await gateway.call("POST", PATH, body(ROW))
    await infractions.admit("checker", "check")
    [infraction_id] = infractions.infractions
    path = f"/v1/infractions/{infraction_id}"
    assert (await gateway.call("GET", path)).json["imported"]["source"] == "sourcebans"
    assert "imported" not in (await gateway.call("GET", path, secret="checker")).json
    await infractions.admit("administers", "admin")
    for secret, is_staff in (("all", True), ("administers", False)):
        [item] = (await gateway.call("GET", f"{PATH}/infractions", secret=secret)).json["items"]
        assert ("address_hash" in item) is is_staff


def test_so_it_is_in_a_history() -> None:
    now = datetime.now(UTC)
    told = {"reason": "aimbot", "import_id": IMPORT, "source": "sourcebans", "row": "ban:7"}
    entry = HistoryEntry(
        position=1,
        event_id=new_id(),
        type="infraction.imported",
        occurred_at=now,
        recorded_at=now,
        actor=Actor(kind="system", id="importer"),
        event=told,
    )
    assert history_json(entry, for_staff=True)["event"] == told
    assert history_json(entry, for_staff=False)["event"] == {"reason": "aimbot"}
