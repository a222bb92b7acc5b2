"""KV `ban-list`: what gateways need to show bans in clear, and what is kept with a request for review."""

from typing import Any

import asyncpg
import pytest
from services.infractions.tests.ban_list_commands import (
    ADDRESS,
    OTHER_ADDRESS,
    lift_all,
    minecraft_ban,
    reinstate,
    request_for,
    sealed,
)

from banstream_contracts import streams
from banstream_contracts.infractions import Lifetime, Punishment, Status
from banstream_privacy.sharing import ban_list_key, opened
from banstream_privacy.transit import seal, sealing_public_key
from banstream_privacy.vault import unlock, unwrap
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

KEY = ban_list_key(MASTER_KEY)


async def listed(to: Bus, infraction_id: str, position: int) -> Any:
    """The entry of an infraction once the list has reached a position."""

    async def is_reached() -> bool:
        return (await to.entry(streams.BAN_LIST_BUCKET, streams.POSITION_KEY) or 0) >= position

    await eventually(is_reached)
    return await to.entry(streams.BAN_LIST_BUCKET, infraction_id)


async def test_bans_of_minecraft_are_listed_with_what_is_personal_sealed_for_gateways(
    nats: NatsServer, database: Database
) -> None:
    name = seal(sealing_public_key(MASTER_KEY), "Griefer")
    async with bus(nats) as to, service(nats, database):
        ban = minecraft_ban("Griefer", address=sealed(ADDRESS), player_name=None, sealed_name=name)
        result = await to.send(ban)
        entry = await listed(to, ban.infraction_id, result.position)
        assert entry["player"] == {"service": "minecraft", "id": "griefer"}
        assert (entry["is_ended"], entry["reason"], entry["position"]) == (False, "grief", result.position)
        assert opened(KEY, ban.infraction_id, entry["sealed_address"]) == ADDRESS
        assert opened(KEY, ban.infraction_id, entry["sealed_name"]) == "Griefer"
        lifted = await to.send(lift_all("griefer"))
        ended = await listed(to, ban.infraction_id, lifted.position)
        assert ended["is_ended"]
        assert "sealed_address" not in ended
        back = await to.send(reinstate(ban.infraction_id))
        again = await listed(to, ban.infraction_id, back.position)
        assert opened(KEY, ban.infraction_id, again["sealed_address"]) == ADDRESS


async def test_an_address_alone_is_listed_and_what_is_no_ban_of_minecraft_is_not(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        alone = issue(player=None, address=sealed(ADDRESS))
        others = [
            issue("5", address=sealed(ADDRESS)),
            minecraft_ban("Loud", punishments=(Punishment.CHAT_BLOCK,)),
            minecraft_ban("Warned", punishments=()),
        ]
        results = await to.send_all([*others, alone])
        last = max(result.position for result in results)
        entry = await listed(to, alone.infraction_id, last)
        assert opened(KEY, alone.infraction_id, entry["sealed_address"]) == ADDRESS
        assert [await listed(to, each.infraction_id, last) for each in others] == [None] * 3


async def test_another_address_of_a_player_is_another_ban_and_all_are_lifted_together(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, service(nats, database):
        commands = [
            minecraft_ban("Alts", address=sealed(address), unless_in_force=True)
            for address in (ADDRESS, OTHER_ADDRESS, ADDRESS)
        ]
        results = [await to.send(command) for command in commands]
        assert [result.status for result in results] == ["applied", "applied", "unchanged"]
        without = await to.send(minecraft_ban("Alts", unless_in_force=True))
        assert without.status == "unchanged"
        lifted = await to.send(lift_all("alts"))
        assert {each.status for each in lifted.infractions} == {Status.LIFTED}
        assert len(lifted.infractions) == 2
        assert all(not standing.restrictions for standing in lifted.standings.values())
        assert len(lifted.standings) == 3


async def test_a_request_keeps_the_address_under_the_key_of_the_player(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        request = request_for("Griefer", sealed(ADDRESS))
        result = await to.send(request)
        assert result.request_id == request.request_id
    connection = await asyncpg.connect(database.admin_url, server_settings={"search_path": "infractions"})
    locked = await connection.fetchval("select data ->> 'sealed_address' from event_log where type = 'request.opened'")
    person = "player:minecraft:griefer"
    wrapped = await connection.fetchval("select wrapped from person_keys where person = $1", person)
    await connection.close()
    assert unlock(unwrap(MASTER_KEY, person, wrapped), person, locked) == ADDRESS


async def test_a_bucket_that_was_lost_is_filled_again(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to:
        async with service(nats, database):
            ban = minecraft_ban("Griefer", address=sealed(ADDRESS), lifetime=Lifetime.TIMED, duration_seconds=3600)
            result = await to.send(ban)
            await listed(to, ban.infraction_id, result.position)
        await to.client.jsm().purge_stream(f"KV_{streams.BAN_LIST_BUCKET}")
        async with service(nats, database):
            entry = await listed(to, ban.infraction_id, result.position)
            assert opened(KEY, ban.infraction_id, entry["sealed_address"]) == ADDRESS
            assert entry["expires_at"]
