"""A token in the wrong hands on the whole system: what it did is looked at, taken back, and that taken back too."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from banstream_testing.steps import Answer, ban, call, is_banned, restrictions, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

KILLS_POSTGRES = True
EVERYTHING = ("check", "report", "punish", "admin")


@dataclass(frozen=True, slots=True)
class Token:
    """Somebody with a token of their own."""

    system: System
    id: str
    key: str

    async def ban(self, player: str) -> str:
        """Ban somebody; the infraction's id."""
        body = {"player": {"service": "roblox", "id": player}, "punishments": ["ban"], "reason": "aimbot"}
        return str((await self._done("POST", "/v1/infractions", body, 201))["id"])

    async def lift(self, infraction_id: str) -> None:
        await self._done("POST", f"/v1/infractions/{infraction_id}/lift", {"reason": "let go"})

    async def amend(self, infraction_id: str, **changes: Any) -> None:
        await self._done("PATCH", f"/v1/infractions/{infraction_id}", changes)

    async def undo(self, by: "Token", **fields: Any) -> Answer:
        body = {"by": f"token:{by.id}", "reason": "token was stolen", **fields}
        return await call(self.system, "POST", "/v1/undo", body, token=self.key)

    async def undo_all(self, by: "Token", since: datetime, *, dry_run: bool = False) -> list[dict[str, Any]]:
        """Every page of it."""
        return (await self.undone(by, since, dry_run=dry_run))[0]

    async def undone(
        self, by: "Token", since: datetime, *, dry_run: bool = False
    ) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The same, and what takes it back."""
        items: list[dict[str, Any]] = []
        undo: dict[str, str] = {}
        place: dict[str, Any] = {}
        while True:
            page = await self.undo(by, since=since.isoformat(), dry_run=dry_run, **place)
            assert page.status == 200, page
            items += page.body["items"]
            undo = undo or page.body.get("undo", {})
            if page.body["next"] is None:
                return items, undo
            place = {"until": page.body["until"], "before": page.body["next"]}

    async def _done(self, method: str, path: str, body: dict[str, Any], status: int = 200) -> Any:
        answer = await call(self.system, method, path, body, token=self.key)
        assert answer.status == status, answer
        return answer.body


async def token(system: System, *scopes: str) -> Token:
    body = {"name": "somebody", "scopes": scopes}
    made = await call(system, "POST", "/v1/tokens", body, token=system.admin_token)
    assert made.status == 201, made
    return Token(system, made.body["id"], made.body["key"])


async def banned(system: System, players: list[str]) -> set[str]:
    """Those of some players whom the gateway refuses."""
    body = {"players": [{"service": "roblox", "id": each} for each in players]}
    answer = await call(system, "POST", "/v1/check", body)
    assert answer.status == 200, answer
    return {each["player"]["id"] for each in answer.body["results"] if "ban" in each["restrictions"]}


def outcomes(items: list[dict[str, Any]]) -> Counter[str]:
    return Counter(each["outcome"] for each in items)


async def test_what_a_stolen_token_did_is_taken_back_and_that_too(system: System) -> None:
    began = datetime.now(UTC)
    thief, staff, owner = [await token(system, *scopes) for scopes in (("punish",), ("punish",), EVERYTHING)]
    others = [somebody() for _ in range(5)]
    theirs = [await staff.ban(each) for each in others]
    players = [somebody() for _ in range(150)]
    ids = await asyncio.gather(*(thief.ban(each) for each in players))
    for each in theirs[:3]:
        await thief.lift(each)
    await thief.amend(theirs[3], punishments=["chat_block"], reason="nothing much")
    await thief.amend(theirs[4], duration_seconds=1)
    await eventually(lambda: _has_ended(system, theirs[4]))
    await staff.amend(ids[0], reason="this one is right")
    await staff.lift(ids[1])
    as_left = set(players) - {players[1]}

    would = await owner.undo_all(thief, began, dry_run=True)
    assert outcomes(would) == {"lifted": 148, "left": 1, "unchanged": 1, "reinstated": 4, "amended": 1}
    by_id = {each["infraction_id"]: each for each in would}
    assert by_id.keys() == {*ids, *theirs}
    assert (by_id[ids[0]]["outcome"], by_id[ids[1]]["outcome"]) == ("left", "unchanged")
    assert by_id[theirs[3]]["changes"] == {"reason": "aimbot", "punishments": ["ban"]}
    assert by_id[theirs[4]]["changes"] == {"lifetime": "permanent"}
    assert by_id[theirs[4]]["did"] == ["infraction.amended"]
    assert await banned(system, [*players, *others]) == as_left

    done, undo = await owner.undone(thief, began)
    assert outcomes(done) == outcomes(would)
    assert await banned(system, [*players, *others]) == {players[0], *others}
    assert "chat_block" not in await restrictions(system, others[3])
    again = await owner.undo_all(thief, began)
    assert outcomes(again) == {"unchanged": 154, "left": 1}

    assert undo["by"] == f"token:{owner.id}"
    back = await owner.undo_all(owner, datetime.fromisoformat(undo["since"]))
    assert outcomes(back) == {"reinstated": 148, "lifted": 4, "amended": 1}
    assert await banned(system, [*players, *others]) == as_left
    assert "chat_block" in await restrictions(system, others[3])


async def test_two_who_take_the_same_back_at_once_do_it_once(system: System) -> None:
    began = datetime.now(UTC)
    thief, first, second = [await token(system, *scopes) for scopes in (("punish",), EVERYTHING, EVERYTHING)]
    players = [somebody() for _ in range(20)]
    await asyncio.gather(*(thief.ban(each) for each in players))
    found = await asyncio.gather(*(each.undo_all(thief, began) for each in (first, second)))
    assert sum((outcomes(each) for each in found), Counter()) == {"lifted": 20, "unchanged": 20}
    assert await banned(system, players) == set()


async def test_with_infractions_or_postgres_away_nothing_is_begun_and_nothing_lost(system: System) -> None:
    began = datetime.now(UTC)
    thief, owner = await token(system, "punish"), await token(system, *EVERYTHING)
    player = somebody()
    await thief.ban(player)
    system.infractions.kill()
    try:
        away = await owner.undo(thief, since=began.isoformat())
    finally:
        await system.restart_infractions()
    assert (away.status, "retry-after" in away.headers) == (503, True)
    system.postgres.kill()
    try:
        away = await owner.undo(thief, since=began.isoformat())
    finally:
        system.postgres.start()
    assert (away.status, "retry-after" in away.headers) == (503, True)
    await eventually(lambda: _works(system))
    assert await is_banned(system, player)
    assert outcomes(await owner.undo_all(thief, began)) == {"lifted": 1}
    assert not await is_banned(system, player)


async def _has_ended(system: System, infraction_id: str) -> bool:
    found = await call(system, "GET", f"/v1/infractions/{infraction_id}")
    return bool(found.body["status"] == "expired")


async def _works(system: System) -> bool:
    return (await ban(system, somebody())).status == 201
