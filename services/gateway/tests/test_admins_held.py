"""Who is an admin, as far as this process knows."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from banstream_contracts.admins import Admin, Right, admin_id
from banstream_contracts.players import Player
from banstream_contracts.streams import POSITION_KEY
from banstream_gateway.held.admins_held import Admins

PLAYER = Player(service="steam", id="76561197960265729")
OTHER = Player(service="steam", id="76561197960265730")


def admin(player: Player = PLAYER, position: int = 1, **fields: Any) -> Admin:
    return Admin(player=player, name="alice", rights=(Right.BAN,), position=position, **fields)


def test_an_admin_is_found_by_player_and_by_id() -> None:
    admins = Admins()
    assert admins.by_player(PLAYER) is None
    admins.apply(PLAYER.token, admin().model_dump_json().encode())
    assert admins.by_player(PLAYER) == admin()
    assert admins.by_id(admin_id(PLAYER)) == admin()
    assert admins.by_player(OTHER) is None
    assert admins.by_id("0" * 24) is None


def test_who_is_an_admin_no_more_is_not_found() -> None:
    admins = Admins()
    admins.apply_own(admin())
    admins.apply_own(admin(position=2, removed_at=datetime.now(UTC)))
    admins.apply_own(admin(position=1))
    assert admins.by_player(PLAYER) is None
    assert admins.by_id(admin().id) is None
    admins.apply_own(admin(position=3))
    assert admins.by_id(admin().id) == admin(position=3)


def test_a_new_pass_takes_away_whom_it_does_not_name() -> None:
    admins = Admins()
    admins.begin()
    for each in (admin(), admin(OTHER)):
        admins.apply(each.player.token, each.model_dump_json().encode())
    admins.apply(POSITION_KEY, b"2")
    admins.complete()
    admins.begin()
    assert admins.is_behind
    admins.apply(OTHER.token, admin(OTHER).model_dump_json().encode())
    admins.apply(POSITION_KEY, b"3")
    admins.complete()
    assert admins.by_player(PLAYER) is None
    assert admins.by_id(admin().id) is None
    assert admins.by_player(OTHER) == admin(OTHER)


def test_an_admin_of_this_process_ahead_of_the_watch_survives_a_new_pass() -> None:
    admins = Admins()
    admins.apply_own(admin(position=5))
    admins.begin()
    admins.apply(POSITION_KEY, b"4")
    admins.complete()
    assert admins.by_player(PLAYER) == admin(position=5)
    admins.begin()
    admins.apply(POSITION_KEY, b"5")
    admins.complete()
    assert admins.by_player(PLAYER) is None


async def test_who_waits_is_answered_by_the_very_position() -> None:
    admins = Admins()
    waiting = asyncio.create_task(admins.wait_for(3, 60))
    await asyncio.sleep(0)
    admins.apply(POSITION_KEY, b"2")
    await asyncio.sleep(0)
    assert not waiting.done()
    admins.apply(POSITION_KEY, b"3")
    async with asyncio.timeout(20):
        await waiting


async def test_waiting_for_a_position_ends_when_it_is_reached_or_the_time_is_over() -> None:
    admins = Admins()
    await admins.wait_for(1, 0.01)
    assert admins.position == 0
    admins.apply(POSITION_KEY, b"1")
    await admins.wait_for(1, 60)
