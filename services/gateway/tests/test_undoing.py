"""Taking back what somebody did, through HTTP, on a real bus."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Reply, Running, Start, made_anew, until
from services.gateway.tests.stand_in import SYSTEM, Infractions, keys_of

from banstream_contracts import streams
from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.infractions import Imported, Infraction, Lifetime, Punishment, Restriction, Scope, Status
from banstream_contracts.players import Player
from banstream_contracts.queries.undoing import Doer, Done
from banstream_contracts.results import CommandResult, Refusal
from banstream_runtime.identifiers import new_short_id

PATH = "/v1/undo"
TOKEN = "1" * 24
LONG_AGO = "2020-01-01T00:00:00Z"
REASON = "account was stolen"
ADDRESS = "a" * 64


def body(**changes: Any) -> dict[str, Any]:
    return {"by": f"token:{TOKEN}", "since": LONG_AGO, "reason": REASON, **changes}


async def undo(gateway: Running, **changes: Any) -> Reply:
    return await gateway.call("POST", PATH, body(**changes))


def outcomes(answer: Reply) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["outcome"] for each in answer.json["items"]]


def infraction(player: str = "1", **fields: Any) -> Infraction:
    usual = {"punishments": (Punishment.BAN,), "lifetime": Lifetime.PERMANENT, "reason": "aimbot", "position": 7}
    usual |= {"player": Player(service="roblox", id=player), "scope": Scope.GLOBAL}
    made = {"issuer": SYSTEM, "issued_at": datetime.now(UTC)}
    return Infraction(id=new_short_id(), **{**usual, **made, **fields})


def restriction(of: Infraction, **fields: Any) -> Restriction:
    usual = {name: getattr(of, name) for name in ("punishments", "lifetime", "reason", "scope", "server_id")}
    return Restriction(infraction_id=of.id, **{**usual, **fields})


async def did(infractions: Infractions, *done: tuple[Infraction, str, InfractionChanges | None]) -> None:
    """Have it said that somebody did something to these, the first of them last; what stands restricts its player."""
    number = len(infractions.done) + len(done)
    infractions.position = max(infractions.position, number)
    for place, (each, undo, changes) in enumerate(done):
        began = "infraction.imported" if each.imported else "infraction.issued"
        found = Done(infraction=each, position=number - place, did=(began,), undo=undo, changes=changes)
        infractions.done.append(found)
        infractions.infractions[each.id] = each
        if each.status is Status.ACTIVE:
            for key in keys_of(each):
                await infractions.restrict(key, restriction(each))


async def test_a_look_says_what_would_become_of_each_and_does_nothing(
    gateway: Running, infractions: Infractions
) -> None:
    banned, lifted = infraction("1", player_name="Trillian"), infraction("2", status=Status.LIFTED)
    await did(infractions, (banned, "lift", None), (lifted, "reinstate", InfractionChanges(note="private")))
    tried = await undo(gateway, dry_run=True)
    assert (tried.status, tried.json.keys()) == (200, {"until", "items", "next"})
    assert tried.json["items"] == [
        {
            "infraction_id": banned.id,
            "player": {"service": "roblox", "id": "1"},
            "player_name": "Trillian",
            "punishments": ["ban"],
            "reason": "aimbot",
            "did": ["infraction.issued"],
            "outcome": "lifted",
            "also": [],
        },
        {
            "infraction_id": lifted.id,
            "player": {"service": "roblox", "id": "2"},
            "punishments": ["ban"],
            "reason": "aimbot",
            "did": ["infraction.issued"],
            "outcome": "reinstated",
            "changes": {"note": "private"},
        },
    ]
    assert (tried.json["next"], infractions.carried_out) == (None, [])
    assert "Banstream-Position" not in tried.headers


async def test_what_they_did_is_taken_back_in_sight_of_how_it_stands(
    gateway: Running, infractions: Infractions
) -> None:
    banned, lifted = infraction("1", position=41), infraction("2", status=Status.LIFTED, position=42)
    changes = InfractionChanges(reason="as it was", duration_seconds=None)
    await did(infractions, (banned, "lift", None), (lifted, "reinstate", changes))
    done = await undo(gateway)
    assert outcomes(done) == ["lifted", "reinstated"]
    assert done.json["position"] == int(done.headers["Banstream-Position"]) == infractions.position
    lift, reinstate = sorted(infractions.carried_out, key=lambda each: each.seen_position)
    assert (lift.type, lift.infraction_id, lift.reason, lift.seen_position) == (
        *("lift_infraction", banned.id, REASON),
        41,
    )
    assert lift.import_id is None
    assert (reinstate.type, reinstate.infraction_id, reinstate.reason) == ("reinstate_infraction", lifted.id, REASON)
    assert (reinstate.seen_position, reinstate.changes) == (42, changes)
    assert done.json["items"][1]["changes"] == {"reason": "as it was", "duration_seconds": None}
    for player, restricted in (("1", False), ("2", True)):
        checked = await gateway.call("GET", f"/v1/players/roblox/{player}/restrictions")
        assert bool(checked.json["restrictions"]) is restricted


async def test_what_takes_that_back_is_told(gateway: Running, infractions: Infractions) -> None:
    await did(infractions, (infraction("1"), "lift", None))
    [who] = infractions.credentials.values()
    began = datetime.now(UTC)
    told = (await undo(gateway)).json["undo"]
    assert told["by"] == f"token:{who.id}"
    assert timedelta(0) <= began - datetime.fromisoformat(told["since"]) <= timedelta(seconds=2)


async def test_what_is_changed_back_left_or_as_it_should_be_is_said(gateway: Running, infractions: Infractions) -> None:
    changed, left = infraction("1"), infraction("2")
    await did(infractions, (changed, "amend", InfractionChanges(scope=Scope.SERVER)), (left, "left", None))
    done = await undo(gateway)
    assert outcomes(done) == ["amended", "left"]
    assert done.json["items"][1]["detail"] == "somebody else has decided on it since, and it stays as it is"
    [amend] = infractions.carried_out
    assert (amend.type, amend.infraction_id, amend.seen_position) == ("amend_infraction", changed.id, 7)
    assert amend.changes.model_dump(mode="json") == done.json["items"][0]["changes"] == {"scope": "server"}
    infractions.done.clear()
    await did(infractions, (infraction("3"), "unchanged", None))
    again = await undo(gateway)
    assert (outcomes(again), again.json.keys()) == (["unchanged"], {"until", "items", "next", "undo"})
    assert len(infractions.carried_out) == 1


async def test_what_an_import_brought_is_taken_back_as_its(gateway: Running, infractions: Infractions) -> None:
    at = datetime.now(UTC)
    origin = {"import_id": "c" * 24, "source": "sourcebans", "row": "1", "digest": "0" * 64, "at": at, "by": SYSTEM}
    as_brought = infraction("1", imported=Imported(**origin, position=7), position=7)
    changed_here = infraction("2", imported=Imported(**origin, position=6), position=7)
    await did(infractions, (as_brought, "lift", None), (changed_here, "lift", None))
    assert outcomes(await undo(gateway)) == ["lifted", "lifted"]
    lifts = {each.infraction_id: each.import_id for each in infractions.carried_out}
    assert lifts == {as_brought.id: "c" * 24, changed_here.id: None}


async def test_pages_go_backwards_through_one_stretch_of_time(gateway: Running, infractions: Infractions) -> None:
    await did(infractions, *[(infraction(str(number)), "lift", None) for number in range(1, 6)])
    began = datetime.now(UTC)
    pages = [await undo(gateway, dry_run=True)]
    held = datetime.fromisoformat(pages[0].json["until"])
    assert began <= held <= datetime.now(UTC)
    while pages[-1].json["next"] is not None:
        following = {"until": pages[0].json["until"], "before": pages[-1].json["next"], "dry_run": True}
        pages.append(await undo(gateway, **following))
    assert [len(each.json["items"]) for each in pages] == [2, 2, 1]
    assert {each.json["until"] for each in pages} == {pages[0].json["until"]}
    shown = [each["player"]["id"] for page in pages for each in page.json["items"]]
    assert shown == ["1", "2", "3", "4", "5"]
    assert [(each.until, each.before) for each in infractions.asked_done] == [(held, None), (held, 4), (held, 2)]
    assert {each.by for each in infractions.asked_done} == {Doer(kind="token", id=TOKEN)}
    assert {(each.since, each.limit) for each in infractions.asked_done} == {(datetime(2020, 1, 1, tzinfo=UTC), 100)}


async def test_what_else_restricts_who_becomes_free_is_named(gateway: Running, infractions: Infractions) -> None:
    banned = infraction("1", address_hash=ADDRESS)
    await did(infractions, (banned, "lift", None), (infraction("1"), "left", None))
    of_player, of_server, of_address, both = (infraction() for _ in range(4))
    past = datetime.now(UTC) - timedelta(minutes=1)
    over = restriction(infraction(), lifetime=Lifetime.TIMED, expires_at=past)
    on_one = restriction(of_server, scope=Scope.SERVER, server_id="5" * 24)
    own, shared = restriction(banned), restriction(both)
    await infractions.restrict("roblox=1", own, restriction(of_player), on_one, over, shared)
    reached = await infractions.restrict(f"address={ADDRESS}", own, restriction(of_address), shared)
    await until(lambda: gateway.gateway.restrictions.position >= reached)
    tried = await undo(gateway, dry_run=True)
    assert outcomes(tried) == ["lifted", "left"]
    others = sorted(each.id for each in (of_player, of_server, of_address, both))
    assert [each.get("also") for each in tried.json["items"]] == [others, None]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("infraction-changed", ["refused", "refused", "refused"]),
        ("immune", ["refused", "refused", "refused"]),
        ("ended", ["unchanged", "refused", "refused"]),
    ],
)
async def test_what_is_refused_is_said_one_by_one(
    start: Start, infractions: Infractions, code: Any, expected: list[str]
) -> None:
    await infractions.admit("all", "punish", "admin")
    gateway = await start()
    await until(gateway.is_ready)
    changes = InfractionChanges(reason="as it was")
    ended = infraction("3", status=Status.EXPIRED)
    infractions.refuses = Refusal(code=code, message="it is not to be")
    told = []
    for done in ((infraction("1"), "lift", None), (infraction("2"), "amend", changes), (ended, "reinstate", changes)):
        infractions.done.clear()
        await did(infractions, done)
        answer = await undo(gateway)
        [item] = answer.json["items"]
        told.append(item["outcome"])
        assert (item["detail"], "also" in item, "position" in answer.json) == ("it is not to be", False, False)
    assert told == expected


async def test_what_somebody_else_took_back_meanwhile_is_said(
    gateway: Running, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(command: Any) -> CommandResult:
        return CommandResult(command_id=command.command_id, status="unchanged", position=infractions.position)

    await did(infractions, (infraction("1"), "lift", None), (infraction("2"), "amend", InfractionChanges(reason="x")))
    monkeypatch.setattr(infractions, "decide", nothing)
    assert outcomes(await undo(gateway)) == ["unchanged", "unchanged"]


async def test_what_is_not_known_in_time_is_accepted(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "punish", "admin")
    gateway = await start(position_timeout_seconds=0.05)
    await until(gateway.is_ready)
    await did(infractions, (infraction("1"), "lift", None))
    infractions.tells_standings = infractions.feeds_buckets = False
    assert outcomes(await undo(gateway)) == ["accepted"]
    assert len(infractions.carried_out) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"by": "ada"}, "by"),
        ({"by": "person:"}, "by"),
        ({"by": "token:ada"}, "by"),
        ({"by": "person:a\nb"}, "by"),
        ({"by": "system:a\x1b[0m"}, "by"),
        ({"by": "person:" + "a" * 300}, "by"),
        ({"by": "admin:steam:76"}, "by"),
        ({"by": 7}, "by"),
        ({"since": None}, "since"),
        ({"since": "2020-01-01T00:00:00"}, "since"),
        ({"since": "2999-01-01T00:00:00Z"}, "since"),
        ({"since": "2021-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"}, "since"),
        ({"until": "2999-01-01T00:00:00Z"}, "until"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "until"),
        ({"before": 7}, "until"),
        ({"before": -1, "until": "2021-01-01T00:00:00Z"}, "before"),
        ({"before": 2**63, "until": "2021-01-01T00:00:00Z"}, "before"),
        ({"reason": ""}, "reason"),
        ({"reason": "two\nlines"}, "reason"),
        ({"only": []}, "only"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_named(
    gateway: Running, infractions: Infractions, changes: dict[str, Any], field: str
) -> None:
    answer = await undo(gateway, **changes)
    assert answer.status == 422, answer.body
    assert [each["field"] for each in answer.json["errors"]] == [field]
    assert infractions.asked_done == []


async def test_the_forms_of_who_did_it_are_told(gateway: Running) -> None:
    answer = await undo(gateway, by="ada")
    [error] = answer.json["errors"]
    assert error["message"].startswith("is written person:LOGIN, token:ID, ")


async def test_any_time_that_there_was_is_one(gateway: Running, infractions: Infractions) -> None:
    """Also one that no clock of ours can show in UTC, and that of a gateway whose clock is a moment ahead."""
    for since in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"):
        assert outcomes(await undo(gateway, since=since)) == []
    ahead = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    assert outcomes(await undo(gateway, until=ahead)) == []
    assert len(infractions.asked_done) == 3


@pytest.mark.parametrize(
    ("scopes", "fields"),
    [
        (("check", "report", "punish"), {}),
        (("check", "report", "admin"), {}),
        (("report", "admin", "punish"), {"review": True}),
        (("check", "report", "punish"), {"kind": "server"}),
    ],
    ids=["without-admin", "without-punish", "under-review", "server"],
)
async def test_only_who_administers_and_punishes_takes_back(
    gateway: Running, infractions: Infractions, scopes: tuple[str, ...], fields: dict[str, Any]
) -> None:
    await did(infractions, (infraction("1"), "lift", None))
    await infractions.admit("another", *scopes, **fields)
    for dry_run in (True, False):
        answer = await gateway.call("POST", PATH, body(dry_run=dry_run), secret="another")
        assert (answer.status, answer.json["type"]) == (403, "urn:banstream:problem:forbidden")
    assert (infractions.asked_done, infractions.carried_out) == ([], [])


async def test_a_body_over_the_limit_is_413(gateway: Running, infractions: Infractions) -> None:
    big = BytesIO(json.dumps(body(reason="x" * 10_000_000)).encode())
    answer = await gateway.call("POST", PATH, data=big, headers={"Content-Type": "application/json"})
    assert (answer.status, infractions.asked_done) == (413, [])


async def test_with_infractions_away_nothing_is_begun(gateway: Running, infractions: Infractions) -> None:
    await did(infractions, (infraction("1"), "lift", None))
    await infractions.stop()
    away = await undo(gateway)
    assert (away.status, "Retry-After" in away.headers) == (503, True)
    await infractions.start()
    infractions.fails_queries = True
    assert (await undo(gateway)).status == 503
    infractions.fails_queries = False
    assert infractions.carried_out == []
    assert outcomes(await undo(gateway)) == ["lifted"]


async def test_while_it_is_not_known_who_is_restricted_nobody_is_called_free(
    start: Start, infractions: Infractions, client: Client
) -> None:
    await infractions.admit("all", "punish", "admin")
    await client.jsm().delete_stream(f"KV_{streams.RESTRICTIONS_BUCKET}")
    await made_anew(client)
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.FILLING_KEY, b"100")
    gateway = await start()
    await until(lambda: gateway.gateway.watches.credentials.is_loaded)
    early = await undo(gateway)
    assert (early.status, infractions.asked_done) == (503, [])
    await infractions.put(streams.RESTRICTIONS_BUCKET, streams.POSITION_KEY, b"100")
    await until(gateway.is_ready)
    assert (await undo(gateway)).status == 200
