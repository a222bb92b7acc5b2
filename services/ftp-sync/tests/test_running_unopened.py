"""A person whose key infractions cannot open: the addresses of all others go on, and nobody's line is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from prometheus_client import REGISTRY

from banstream_contracts.ban_files import BanFileFormat
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges, LiftInfraction
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.transit import seal, sealing_public_key
from banstream_privacy.vault import wrap
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned
from banstream_testing.event_logs import connected
from banstream_testing.ftp_sync import dayz, local_place, new_ban_file
from banstream_testing.infractions import MASTER_KEY
from banstream_testing.waiting import eventually

LOST = b"l" * 32
IN_STEP = {"ftp_sync_check_seconds": 0.3}
ONE, TWO, THREE, FOUR = (f"203.0.113.{number}" for number in range(1, 5))


async def ban(world: World, number: int, address: str) -> str:
    sealed = seal(sealing_public_key(MASTER_KEY), address)
    return await banned(world.to, number, address=SealedAddress(hash=f"{number:02x}" * 32, sealed=sealed))


async def lift(world: World, infraction_id: str) -> None:
    await world.to.send(LiftInfraction(**asked(infraction_id=infraction_id, reason="shared")))


def not_opened() -> float | None:
    return REGISTRY.get_sample_value("banstream_ftp_sync_addresses_not_opened")


async def until_not_opened(count: int) -> None:
    async def is_so() -> bool:
        return not_opened() == count

    await eventually(is_so)


@asynccontextmanager
async def key_lost(world: World, number: int, *, cut_short: bool = False) -> AsyncIterator[None]:
    """A person's key is wrapped with a master key that nobody has, or what is left of it is no key."""
    person = f"player:{dayz(number)}"
    async with connected(world.admin_url) as connection:
        kept = await replaced(connection, person, b"cut" if cut_short else wrap(LOST, person, b"p" * 32))
        yield
        await replaced(connection, person, kept)


async def replaced(connection: "asyncpg.Connection[asyncpg.Record]", person: str, wrapped: bytes) -> bytes:
    """What was there."""
    kept: bytes = await connection.fetchval("select wrapped from person_keys where person = $1", person)
    await connection.execute("update person_keys set wrapped = $2 where person = $1", person, wrapped)
    return kept


def lines(*addresses: str) -> list[str]:
    return [f"addip 0 {each}" for each in addresses]


async def test_one_person_who_cannot_be_opened_stops_nobody_and_keeps_their_line(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    file = world.folder / "banned_ip.cfg"
    async with world.ftp_sync(**IN_STEP):
        made = new_ban_file(local_place(file), BanFileFormat.SOURCE_ADDRESSES)
        await world.to.send(made)
        first, second = await ban(world, 1, ONE), await ban(world, 2, TWO)
        await world.until_lines(*lines(ONE, TWO), file=file)
    async with key_lost(world, 1):
        async with world.ftp_sync(**IN_STEP):
            await until_not_opened(1)
            third = await ban(world, 3, THREE)
            await world.until_lines(*lines(ONE, TWO, THREE), file=file)
            await lift(world, second)
            await world.until_lines(*lines(ONE, THREE), file=file)
            changes = InfractionChanges(reason="griefing")
            await world.to.send(AmendInfraction(**asked(infraction_id=first, changes=changes)))
            await ban(world, 4, FOUR)
            await world.until_lines(*lines(ONE, THREE, FOUR), file=file)
            assert not_opened() == 1
            assert "person_keys_not_opened" in (said := "".join(capfd.readouterr()))
            assert "addresses_not_opened" in said
            assert ONE not in said
        async with world.ftp_sync(**IN_STEP):
            await lift(world, third)
            await world.until_lines(*lines(ONE, FOUR), file=file)
            await lift(world, first)
            await world.until_lines(*lines(FOUR), file=file)
            await until_not_opened(0)


async def test_who_was_banned_while_the_key_did_not_open_is_written_once_it_does(world: World) -> None:
    file = world.folder / "banned_ip.cfg"
    await ban(world, 1, ONE)
    await ban(world, 2, TWO)
    async with world.ftp_sync(**IN_STEP):
        async with key_lost(world, 1, cut_short=True):
            await world.to.send(new_ban_file(local_place(file), BanFileFormat.SOURCE_ADDRESSES))
            await world.until_lines(*lines(TWO), file=file)
            await until_not_opened(1)
        await world.until_lines(*lines(TWO, ONE), file=file)
        await until_not_opened(0)
