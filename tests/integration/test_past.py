"""What a check answered is what it is said to have answered, on the whole system, whatever came after it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_testing.steps import Answer, call, somebody
from banstream_testing.system import System

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ADDRESSES = ("192.0.2.71", "192.0.2.72")


async def done(system: System, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await call(system, method, path, body)
    assert answer.status in {200, 201}, answer
    return dict(answer.body)


async def checked(system: System, player: str, query: str) -> Answer:
    answer = await call(system, "GET", f"/v1/players/roblox/{player}/restrictions{query}")
    assert answer.status == 200, answer
    return answer


async def test_every_answer_of_an_evening_is_given_again(system: System) -> None:
    """By the position that it named, and by the time between two decisions."""
    player, other = somebody(), somebody()
    told: list[tuple[str, str, Any, int, datetime]] = []

    async def look(position: int) -> None:
        for each in (player, other):
            for address in (None, *ADDRESSES):
                query = f"?ip={address}" if address else ""
                asked = f"{query}{'&' if query else '?'}position={position}"
                answer = (await checked(system, each, asked)).body
                told.append((each, query, answer["restrictions"], answer["position"], datetime.now(UTC)))

    async def decide(method: str, path: str, body: dict[str, Any]) -> str:
        infraction = await done(system, method, path, body)
        await look(infraction.get("position", 0))
        return str(infraction.get("id"))

    def banned(whom: str, address: str, **fields: Any) -> dict[str, Any]:
        named = {"service": "roblox", "id": whom, "ip": address}
        return {"player": named, "punishments": ["ban"], "reason": "aimbot", **fields}

    await look(0)
    first = await decide("POST", "/v1/infractions", banned(player, ADDRESSES[0], duration_seconds=86_400))
    await decide("POST", "/v1/infractions", banned(other, ADDRESSES[1], punishments=["voice_block"], reason="spam"))
    await decide("PATCH", f"/v1/infractions/{first}", {"reason": "aimbot, seen twice", "duration_seconds": None})
    await decide("PUT", f"/v1/infractions/{first}/exempt/roblox/{other}", {})
    await decide("POST", f"/v1/infractions/{first}/lift", {"reason": "appeal"})
    await decide("POST", f"/v1/infractions/{first}/reinstate", {"reason": "it was right"})
    await done(system, "POST", f"/v1/players/roblox/{player}/lift", {"reason": "amnesty"})

    assert len({str(answer) for *_, answer, _, _ in told}) > 5
    for whom, query, answer, position, at in told:
        both = f"{query}{'&' if query else '?'}"
        by_position = (await checked(system, whom, f"{both}at_position={position}")).body
        assert shown(by_position["restrictions"]) == shown(answer)
        moment = at.isoformat().replace("+00:00", "Z")
        by_time = (await checked(system, whom, f"{both}at={moment}")).body
        assert shown(by_time["restrictions"]) == shown(answer)
        assert by_time["position"] >= position
        in_force = (await done_at(system, moment))["items"]
        assert {each["id"] for each in in_force} >= {each["infraction_id"] for each in answer.values()}


async def done_at(system: System, moment: str) -> dict[str, Any]:
    answer = await call(system, "GET", f"/v1/in-force?at={moment}&limit=200")
    assert answer.status == 200, answer
    return dict(answer.body)


def shown(restrictions: dict[str, Any]) -> dict[str, Any]:
    """Without the invitation to appeal, which is of the present."""
    return {kind: {**each, "appeal": None} for kind, each in restrictions.items()}


async def test_what_is_no_moment_that_has_been_is_refused(system: System) -> None:
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    for query in (f"at={later}", "at=2026-01-01T00:00:00", "at_position=999999999"):
        for path in (f"/v1/players/roblox/{somebody()}/restrictions", "/v1/in-force"):
            answer = await call(system, "GET", f"{path}?{query}")
            assert answer.status == 422, (path, query, answer)
