"""What was in force at a moment, through HTTP, on a real bus."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.gateway.tests.conftest import Reply, Running, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_past import RECORDED_AT
from services.gateway.tests.test_undoing import infraction, restriction

from banstream_contracts.infractions import Lifetime, Punishment, Restriction, Scope, Standing
from banstream_contracts.players import Player
from banstream_contracts.queries.past import GetPast, ListPast
from banstream_gateway.queries import Queries

PATH, EVERYBODY = "/v1/players/roblox/1/restrictions", "/v1/in-force"
AT = "2026-11-20T20:14:00Z"
MOMENT = datetime.fromisoformat(AT)
OURS, THEIRS = "1" * 24, "2" * 24


async def then(gateway: Running, path: str = PATH, **query: Any) -> Reply:
    asked = {"at": AT, **query}
    return await gateway.call("GET", path, params={name: value for name, value in asked.items() if value is not None})


def held(**fields: Any) -> Restriction:
    return restriction(infraction(), **fields)


def wrong(reply: Reply) -> list[tuple[str, str]]:
    assert reply.status == 422, reply.body
    return [(each["field"], each["message"]) for each in reply.json["errors"]]


async def test_it_is_answered_as_a_check_would_have_been(gateway: Running, infractions: Infractions) -> None:
    over = held(lifetime=Lifetime.TIMED, expires_at=MOMENT, reason="over")
    timed = held(lifetime=Lifetime.TIMED, expires_at=MOMENT + timedelta(seconds=1), reason="timed")
    exempt = held(exempt=(Player(service="roblox", id="1"),))
    muted = held(punishments=(Punishment.VOICE_BLOCK,), lifetime=Lifetime.ONLINE, time_left_seconds=7)
    elsewhere = held(punishments=(Punishment.CHAT_BLOCK,), scope=Scope.SERVER, server_id=THEIRS)
    infractions.then.standings = (
        Standing(position=9, restrictions=(over, timed, muted, elsewhere)),
        Standing(position=9, restrictions=(exempt,)),
    )
    infractions.then.items = (infraction(note="private"),)
    answer = await then(gateway, ip="192.0.2.7")
    assert (answer.status, answer.headers["Banstream-Position"]) == (200, "1234")
    assert answer.json == {
        "restrictions": {
            "ban": {
                "infraction_id": timed.infraction_id,
                "reason": "timed",
                "expires_at": "2026-11-20T20:14:01Z",
            },
            "voice_block": {"infraction_id": muted.infraction_id, "reason": muted.reason, "time_left_seconds": 7},
        },
        "position": 1234,
        "at": AT,
        "infractions": answer.json["infractions"],
        "total": 1,
        "next": None,
    }
    assert answer.json["infractions"][0]["note"] == "private"
    [asked] = infractions.then.asked
    assert isinstance(asked, GetPast)
    assert (asked.player, asked.at, asked.position) == (Player(service="roblox", id="1"), MOMENT, None)
    assert asked.address_hash == gateway.gateway.addresses.tokens("192.0.2.7")[0].partition("=")[2]
    answer = await then(gateway, server=THEIRS)
    assert "chat_block" in answer.json["restrictions"]


async def test_a_position_is_a_moment_too(gateway: Running, infractions: Infractions) -> None:
    answer = await then(gateway, at=None, at_position=42, cursor=OURS, limit=7)
    assert (answer.json["position"], answer.json["at"]) == (42, RECORDED_AT.isoformat().replace("+00:00", "Z"))
    both = await then(gateway, at_position=42)
    assert (both.json["position"], both.json["at"]) == (42, AT)
    assert [(each.position, each.at, each.cursor, each.limit) for each in infractions.then.asked] == [
        (42, None, OURS, 7),
        (42, MOMENT, None, 50),
    ]


async def test_pages_and_what_a_log_tells_beside_are_passed_on(gateway: Running, infractions: Infractions) -> None:
    infractions.then.items = tuple(infraction() for _ in range(3))
    infractions.then.begins_at, infractions.then.erased_at = MOMENT, RECORDED_AT
    answer = await then(gateway, limit=2)
    assert [each["id"] for each in answer.json["infractions"]] == [each.id for each in infractions.then.items[:2]]
    assert (answer.json["total"], answer.json["next"]) == (3, infractions.then.items[1].id)
    assert (answer.json["begins_at"], answer.json["erased_at"]) == (AT, "2026-01-02T03:04:05Z")


@pytest.mark.parametrize("path", [PATH, EVERYBODY])
async def test_what_has_not_come_is_refused(gateway: Running, infractions: Infractions, path: str) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert wrong(await then(gateway, path, at=later)) == [("query.at", "is in the future")]
    assert infractions.then.asked == []
    found = wrong(await then(gateway, path, at_position=1235))
    assert found == [("query.at_position", "is in the future: the log has reached 1234")]


@pytest.mark.parametrize("path", [PATH, EVERYBODY])
@pytest.mark.parametrize("at", ["2026-11-20T20:14:00", "2026-11-20T20:14:00 01:00", "yesterday", "", "9999999999999"])
async def test_what_is_no_time_is_refused(gateway: Running, infractions: Infractions, path: str, at: str) -> None:
    [(field, _)] = wrong(await then(gateway, path, at=at))
    assert (field, infractions.then.asked) == ("query.at", [])


@pytest.mark.parametrize("query", [{"at": AT, "position": 3}, {"limit": 3}, {"cursor": OURS}])
async def test_now_and_then_are_not_mixed(gateway: Running, query: dict[str, Any]) -> None:
    assert wrong(await then(gateway, **{"at": None, **query}))


async def test_everybody_is_told_in_pages(gateway: Running, infractions: Infractions) -> None:
    infractions.then.items = tuple(infraction(note="private") for _ in range(3))
    answer = await then(gateway, EVERYBODY, limit=2, cursor=OURS, punishment="ban", at_position=7)
    assert (answer.json["at"], answer.json["position"]) == (AT, 7)
    assert [each["note"] for each in answer.json["items"]] == ["private"] * 2
    assert answer.json["next"] == infractions.then.items[1].id
    [asked] = infractions.then.asked
    assert isinstance(asked, ListPast)
    assert (asked.punishment, asked.cursor, asked.limit) == (Punishment.BAN, OURS, 2)
    assert wrong(await then(gateway, EVERYBODY, at=None)) == [("query.at", "at or at_position is needed")]


async def test_notes_and_addresses_are_for_staff(gateway: Running, infractions: Infractions) -> None:
    infractions.then.items = (infraction(note="private", address_hash="a" * 64),)
    for scope, path in (("check", PATH), ("check", EVERYBODY)):
        await infractions.admit(scope, scope)
        answer = await gateway.call("GET", path, params={"at": AT}, secret=scope)
        [shown] = answer.json.get("infractions") or answer.json["items"]
        assert not {"note", "address_hash"} & shown.keys()


async def test_a_server_asks_by_player_and_as_itself(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "check", kind="server", id=OURS)
    for path, query, status in ((PATH, {}, 200), (PATH, {"server": THEIRS}, 403), (EVERYBODY, {}, 403)):
        answer = await gateway.call("GET", path, params={"at": AT, **query}, secret="server")
        assert answer.status == status, (path, query)
    await then(gateway)
    assert [isinstance(each, GetPast) and each.server_id for each in infractions.then.asked] == [OURS, None]


async def test_who_may_not_check_is_told_nothing(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("reporter", "report")
    for path in (PATH, EVERYBODY):
        assert (await gateway.call("GET", path, params={"at": AT}, secret="reporter")).status == 403


async def test_who_waits_for_two_answers_asks_for_no_third(
    gateway: Running, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may take a third of a second, and infractions gives one after the other."""
    await infractions.admit("other", "check")
    answers, asking, ask = asyncio.Event(), list[Any](), Queries.ask

    async def slow(queries: Queries, *question: Any) -> Any:
        asking.append(question)
        await answers.wait()
        return await ask(queries, *question)

    monkeypatch.setattr(Queries, "ask", slow)
    waiting = [asyncio.create_task(then(gateway, path)) for path in (PATH, EVERYBODY)]
    waiting.append(asyncio.create_task(gateway.call("GET", PATH, params={"at": AT}, secret="other")))
    await until(lambda: len(asking) == len(waiting))
    third = asyncio.create_task(then(gateway))
    await until(lambda: third.done() or len(asking) > len(waiting))
    answers.set()
    turned_away = await third
    assert (turned_away.status, turned_away.headers["Retry-After"]) == (429, "1")
    assert [each.status for each in await asyncio.gather(*waiting)] == [200] * 3
    assert (await then(gateway)).status == 200


async def test_where_nobody_knows_the_question_it_says_so(gateway: Running, infractions: Infractions) -> None:
    """As while infractions is of an older release."""
    await infractions.stop()
    answer = await then(gateway)
    assert (answer.status, answer.json["detail"]) == (
        503,
        "The infractions service is away; checks and commands still work.",
    )
