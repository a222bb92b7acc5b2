"""Addresses that are bound for less time than the players who came from them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp.test_utils import make_mocked_request
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.ndp.test_state import KEY as LIST_KEY
from services.gateway.tests.ndp.test_state import ban
from services.gateway.tests.stand_in import Infractions, history_entry
from services.gateway.tests.test_exempt import ADDRESS, BAN, KEY, is_banned

from banstream_contracts.infractions import Lifetime, Punishment, Restriction
from banstream_contracts.players import subject_token
from banstream_gateway.answers import history_json, infraction_json
from banstream_gateway.held.ban_list import BanList
from banstream_gateway.ndp.listing import write
from banstream_gateway.prepared import PreparedList

HOUR = timedelta(hours=1)
OFFENCE = {"punishments": ["ban"], "reason": "x"}
WITH_ADDRESS = {"player": {"service": "roblox", "id": 6, "ip": ADDRESS}, **OFFENCE}


def at_address(end: datetime, **changes: Any) -> Restriction:
    """The ban as infractions puts it under the key of an address with an end."""
    return BAN.model_copy(update={"lifetime": Lifetime.TIMED, "expires_at": end} | changes)


async def test_whoever_comes_from_the_address_after_its_end_is_let_in_by_every_protocol(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check")
    server = await infractions.admit("key", "check", kind="server")
    running = await start()
    await until(running.is_ready)
    now = datetime.now(UTC)
    for token in (subject_token("roblox", "6"), subject_token("minecraft", "alex")):
        await infractions.restrict(token, BAN)
    bound = await infractions.restrict(KEY, at_address(now + HOUR))
    assert await is_banned(running, server.id, "8", "kay", bound)
    free = await infractions.restrict(KEY, at_address(now - HOUR))
    assert not await is_banned(running, server.id, "8", "kay", free)
    assert await is_banned(running, server.id, "6", "alex", free), "whose ban it is"
    second = at_address(now + HOUR, infraction_id="1" * 24)
    both = await infractions.restrict(KEY, at_address(now - HOUR), second)
    assert await is_banned(running, server.id, "8", "kay", both), "by another ban of the address"


async def test_the_player_who_comes_from_the_address_is_told_the_end_of_the_ban(
    gateway: Running, infractions: Infractions
) -> None:
    await infractions.restrict(subject_token("roblox", "6"), BAN)
    position = await infractions.restrict(KEY, at_address(datetime.now(UTC) + HOUR))
    for player, is_told in (("6", False), ("8", True)):
        path = f"/v1/players/roblox/{player}/restrictions?ip={ADDRESS}&position={position}"
        found: Any = (await gateway.call("GET", path)).json
        assert ("expires_at" in found["restrictions"]["ban"]) is is_told


@pytest.mark.parametrize(("hours", "held"), [(1, ["chat_block"]), (-1, [])], ids=["before", "after"])
async def test_a_gag_by_time_connected_ends_with_the_address_too(
    gateway: Running, infractions: Infractions, hours: int, held: list[str]
) -> None:
    counted = {"punishments": (Punishment.CHAT_BLOCK,), "lifetime": Lifetime.ONLINE, "time_left_seconds": 600}
    position = await infractions.restrict(KEY, at_address(datetime.now(UTC) + hours * HOUR, **counted))
    path = f"/v1/players/roblox/8/restrictions?ip={ADDRESS}&position={position}"
    found: Any = (await gateway.call("GET", path)).json
    assert [*found["restrictions"]] == held


@pytest.mark.parametrize(
    ("sent", "seconds", "ends_with_it"),
    [
        ({}, None, False),
        ({"address_duration_seconds": 60}, 60, False),
        ({"address_duration_seconds": None}, None, True),
    ],
    ids=["not sent", "sent", "null"],
)
async def test_who_punishes_says_how_long_the_address_is_bound(
    gateway: Running, infractions: Infractions, sent: dict[str, Any], seconds: int | None, *, ends_with_it: bool
) -> None:
    assert (await gateway.call("POST", "/v1/infractions", WITH_ADDRESS | sent)).status == 201
    command = infractions.carried_out[-1]
    assert (command.address_duration_seconds, command.address_ends_with_it) == (seconds, ends_with_it)


@pytest.mark.parametrize(
    "whom",
    [{"ip": ADDRESS}, {"player": {"service": "roblox", "id": 6}}],
    ids=["an address alone", "no address"],
)
async def test_what_has_no_address_beside_a_player_takes_no_such_end(gateway: Running, whom: dict[str, Any]) -> None:
    body = {**whom, **OFFENCE, "address_duration_seconds": 60}
    assert (await gateway.call("POST", "/v1/infractions", body)).status == 422


@pytest.mark.parametrize(
    ("sent", "status"),
    [("2030-01-01T00:00:00Z", 200), (None, 200), ("2030-01-01T00:00:00", 422), ("0001-01-01T00:00:00+14:00", 422)],
    ids=["a time", "null", "without a zone", "before all clocks"],
)
async def test_the_end_of_the_address_is_amended(
    gateway: Running, infractions: Infractions, sent: str | None, status: int
) -> None:
    made = (await gateway.call("POST", "/v1/infractions", WITH_ADDRESS)).json["id"]
    answer = await gateway.call("PATCH", f"/v1/infractions/{made}", {"address_expires_at": sent})
    assert answer.status == status
    if status == 200:
        changes = infractions.carried_out[-1].changes
        assert changes.model_fields_set == {"address_expires_at"}
        assert changes.address_expires_at == (sent and datetime.fromisoformat(sent))


async def test_a_list_holds_the_player_alone_once_the_address_has_ended() -> None:
    now = datetime.now(UTC)
    for end, addresses in ((now + HOUR, ["203.0.113.7"]), (now - HOUR, []), (None, ["203.0.113.7"])):
        bans = BanList(LIST_KEY, lambda: 0)
        bans.apply_own(msgspec.structs.replace(ban(3), address="203.0.113.7", address_expires_at=end))
        answer = await PreparedList(bans, None, write).answer(make_mocked_request("GET", "/bans"), None, {})
        assert isinstance(answer.body, bytes)
        listed = orjson.loads(answer.body)
        assert (listed["player_count"], [each["ip"] for each in listed["active_ips"]]) == (1, addresses)


async def test_a_list_is_made_anew_when_an_address_ends() -> None:
    bans = BanList(LIST_KEY, lambda: 0)
    lists, request = PreparedList(bans, None, write), make_mocked_request("GET", "/bans")
    end = datetime.now(UTC) + timedelta(milliseconds=50)
    bans.apply_own(msgspec.structs.replace(ban(3), address="203.0.113.7", address_expires_at=end))
    first = await lists.answer(request, None, {})

    async def is_changed() -> bool:
        return (await lists.answer(request, None, {})).headers["ETag"] != first.headers["ETag"]

    await until(is_changed)


async def test_who_is_not_staff_reads_nothing_of_an_address(gateway: Running, infractions: Infractions) -> None:
    await gateway.call("POST", "/v1/infractions", WITH_ADDRESS)
    made = next(iter(infractions.infractions.values())).model_copy(update={"address_expires_at": datetime.now(UTC)})
    assert "address_expires_at" in infraction_json(made, for_staff=True)
    assert not {"address_hash", "address_expires_at"} & infraction_json(made, for_staff=False).keys()
    entry = history_entry()
    changed = {**entry.event, "changes": {"address_expires_at": None, "reason": "x"}, "address_expires_at": "x"}
    told = history_json(entry.model_copy(update={"event": changed}), for_staff=False)["event"]
    assert (told["changes"], "address_expires_at" in told) == ({"reason": "x"}, False)
