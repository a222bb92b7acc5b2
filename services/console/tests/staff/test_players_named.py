"""Players as people name them, in forms that punish and in searches."""

import pytest
from services.console.tests.conftest import Wall

from banstream_console.problems.exceptions import Unfit
from banstream_console.staff.bans.terms import read_wanted
from banstream_console.staff.listing import read_player
from banstream_console.staff.players_named import as_searched
from banstream_contracts.accounts import Role
from banstream_contracts.players import Player
from banstream_testing.staff import staff_console

STEAM = "steam:76561198000000003"

NAMED = [
    ("STEAM_0:1:19867137", STEAM),
    ("steam_1:1:19867137", STEAM),
    ("[U:1:39734275]", STEAM),
    ("U:1:39734275", STEAM),
    ("steam:STEAM_0:1:19867137", STEAM),
    (" https://steamcommunity.com/profiles/76561198000000003/ ", STEAM),
    ("steamcommunity.com/profiles/[U:1:39734275]?l=german", STEAM),
    ("https://www.roblox.com/users/156/profile", "roblox:156"),
    ("https://www.roblox.com/de/users/156/profile", "roblox:156"),
    ("roblox:156", "roblox:156"),
    ("other:https://example.org/x", "other:https://example.org/x"),
]
NOBODY = [
    "https://steamcommunity.com/id/somebody",
    "https://steamcommunity.com/profiles/1",
    "HTTPS://example.org/users/156",
    "http://[",
    "Somebody",
]


@pytest.mark.parametrize(("typed", "player"), NAMED, ids=ascii)
def test_a_player_is_read_however_the_game_or_a_page_writes_them(typed: str, player: str) -> None:
    assert str(read_player(typed)) == player


@pytest.mark.parametrize("typed", NOBODY, ids=ascii)
def test_a_link_that_names_no_player_is_no_player_of_a_service_called_https(typed: str) -> None:
    filled = {"player": [typed], "reason": ["flew"], "lifetime": ["permanent"], "scope": ["global"]}
    with pytest.raises(Unfit) as problem:
        read_wanted({**filled, "punishments": ["ban"]})
    assert list(problem.value.fields) == ["player"]


@pytest.mark.parametrize("text", ["note: flew", "steam:some", "Minecraft:Notch", *NOBODY], ids=ascii)
def test_what_is_no_other_form_of_a_player_is_searched_as_it_is(text: str) -> None:
    assert as_searched(text) == text


@pytest.mark.asyncio(loop_scope="module")
async def test_bans_are_found_by_each_form_of_a_steam_id(wall: Wall) -> None:
    infraction_id = await wall.ban("On Steam", player=Player(service="steam", id="76561198000000003"))
    async with staff_console(wall.nats) as (_, signer):
        person = await signer.sign_in(Role.VIEWER)
        for typed, player in NAMED:
            if player == STEAM:
                text = (await person.get(f"/console/bans?search={typed.strip().replace('?', '%3F')}")).text
                assert f"/console/bans/{infraction_id}" in text, typed
    await wall.lift(infraction_id)
