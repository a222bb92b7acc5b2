"""Addresses leave the files that hold them when they are banned no more; their players stay banned."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_contracts.ban_files import BanFileFilters, BanFileFormat
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player
from banstream_contracts.sealed import SealedAddress
from banstream_ftp_sync.bans import Ban, every, put
from banstream_ftp_sync.choosing import Chosen, chosen
from banstream_ftp_sync.operations import SCHEMA
from banstream_privacy.transit import seal, sealing_public_key
from banstream_testing.abuse import asked
from banstream_testing.ban_file_world import World, banned
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import ftp_sync_url, local_place, new_ban_file
from banstream_testing.infractions import MASTER_KEY

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BY_ADDRESS = (BanFileFormat.SOURCE_ADDRESSES, BanFileFormat.MINECRAFT_ADDRESSES)
LINE = "addip 0 203.0.113.7"


def ban(number: int, end: timedelta | None, **values: Any) -> Ban:
    """Of a player whose address ends so long from now."""
    return Ban(
        infraction_id=f"{number:024x}",
        position=number,
        player=Player(service="steam", id="76561197960265729"),
        sealed_address="203.0.113.7",
        address_expires_at=None if end is None else NOW + end,
        reason="aimbot",
        issued_at=NOW - HOUR,
        scope=Scope.GLOBAL,
        **values,
    )


def held(ban_format: BanFileFormat, *ends: timedelta | None, **values: Any) -> Chosen:
    """What a file should hold of bans of a player."""
    bans = [ban(number, end, **values) for number, end in enumerate(ends)]
    return chosen(bans, frozenset(), ban_format, BanFileFilters(), lambda sealed: sealed, NOW)


@pytest.mark.parametrize("ban_format", BY_ADDRESS)
def test_a_file_of_addresses_holds_each_until_it_ends(ban_format: BanFileFormat) -> None:
    found = held(ban_format, -HOUR, timedelta(0), 2 * HOUR, HOUR, None)
    assert [each.infraction_id[-1] for each in found.wanted] == ["2", "3", "4"]
    assert [each.expires_at for each in found.wanted] == [NOW + 2 * HOUR, NOW + HOUR, None]
    assert found.ends_at == NOW + HOUR


@pytest.mark.parametrize("ban_format", BY_ADDRESS)
def test_it_holds_none_for_longer_than_its_ban(ban_format: BanFileFormat) -> None:
    (entry,) = held(ban_format, 2 * HOUR, expires_at=NOW + HOUR).wanted
    assert entry.expires_at == NOW + HOUR


@pytest.mark.parametrize("ban_format", [BanFileFormat.SOURCE_USERS, BanFileFormat.BATTLEYE])
def test_a_file_that_holds_the_player_does_so_as_before(ban_format: BanFileFormat) -> None:
    found = held(ban_format, -HOUR, HOUR)
    assert ([each.expires_at for each in found.wanted], found.ends_at) == ([None, None], None)


async def test_an_end_that_an_older_process_has_left_out_comes_with_the_next_load(database: Database) -> None:
    async with connected(await ftp_sync_url(database), SCHEMA) as connection:
        await put(connection, [ban(1, None)])
        assert await put(connection, [ban(1, HOUR)]) == 1
        assert [each.address_expires_at for each in await every(connection)] == [NOW + HOUR]
        assert await put(connection, [ban(1, HOUR)]) == 0


async def test_an_address_leaves_the_file_at_its_end_and_comes_again_when_that_is_moved(world: World) -> None:
    sealed = seal(sealing_public_key(MASTER_KEY), "203.0.113.7")
    address = SealedAddress(hash="ab" * 32, sealed=sealed)
    async with world.ftp_sync():
        file = world.folder / "banned_ip.cfg"
        made = new_ban_file(local_place(file), BanFileFormat.SOURCE_ADDRESSES)
        await world.to.send(made)
        await world.until_heard(made.ban_file_id)
        infraction_id = await banned(world.to, 1, address=address, address_duration_seconds=3)
        await world.until_lines(LINE, file=file)
        await world.until_lines(file=file)
        changes = InfractionChanges(address_expires_at=None)
        await world.to.send(AmendInfraction(**asked(infraction_id=infraction_id, changes=changes)))
        await world.until_lines(LINE, file=file)
