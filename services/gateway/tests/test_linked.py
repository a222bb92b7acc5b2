"""Who else is known at an address, through HTTP, on a real bus."""

from typing import get_args

import pytest
from services.gateway.tests.conftest import Reply, Running
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_linked import ASKED_AT

from banstream_contracts.players import Player
from banstream_contracts.queries.linked import KnownThere, Link, LinkReason, LinkStrength, SharedAddress

PATH = "/v1/players/roblox/1/linked"
PLAYER, OTHER = Player(service="roblox", id="1"), Player(service="steam", id="76561197960265729")
INFRACTION, HASH = "1" * 24, "a" * 64


async def asked(gateway: Running, secret: str | None = None) -> Reply:
    return await gateway.call("GET", PATH, **({"secret": secret} if secret else {}))


def link(strength: LinkStrength, *why: LinkReason) -> Link:
    known = KnownThere(count=1, first_at=ASKED_AT, last_at=ASKED_AT, infraction_ids=(INFRACTION,))
    at = SharedAddress(address_hash=HASH, own=known, exempt_from=(INFRACTION,), players=6, binds=True)
    return Link(player=OTHER, player_name="Bob", strength=strength, why=why, addresses=(at,))


async def test_a_link_comes_with_what_it_is_known_from_and_its_reasons_in_words(
    gateway: Running, infractions: Infractions
) -> None:
    infractions.linked.items, infractions.linked.total = (link("weak", "shared", "crowd"),), 7
    answer = await asked(gateway)
    at = "2026-01-02T03:04:05Z"
    own = {"count": 1, "first_at": at, "last_at": at, "infraction_ids": [INFRACTION]}
    assert (answer.status, answer.json) == (
        200,
        {
            "at": at,
            "items": [
                {
                    "player": OTHER.model_dump(),
                    "player_name": "Bob",
                    "strength": "weak",
                    "why": ["shared", "crowd"],
                    "addresses": [
                        {
                            "address_hash": HASH,
                            "own": own,
                            "exempt_from": [INFRACTION],
                            "players": 6,
                            "binds": True,
                        }
                    ],
                    "sentences": [
                        "Staff let somebody in from there: more than one person comes from it.",
                        "6 players are known there.",
                    ],
                }
            ],
            "total": 7,
            "addresses": 1,
            "addresses_total": 1,
        },
    )
    assert infractions.linked.asked == [PLAYER]


@pytest.mark.parametrize("reason", get_args(LinkReason))
async def test_every_reason_has_its_words(gateway: Running, infractions: Infractions, reason: LinkReason) -> None:
    infractions.linked.items = (link("weak", reason),)
    [sentence] = (await asked(gateway)).json["items"][0]["sentences"]
    assert sentence.endswith(".")


@pytest.mark.parametrize("scope", ["check", "report", "admin"])
async def test_who_may_not_read_notes_is_told_nothing(gateway: Running, infractions: Infractions, scope: str) -> None:
    await infractions.admit("other", scope)
    assert (await asked(gateway, "other")).status == 403
    assert infractions.linked.asked == []


async def test_a_server_is_told_nothing_whatever_it_may_do(gateway: Running, infractions: Infractions) -> None:
    await infractions.admit("server", "check", "report", "punish", kind="server")
    answer = await asked(gateway, "server")
    assert (answer.status, answer.json["type"]) == (403, "urn:banstream:problem:forbidden")
    assert infractions.linked.asked == []


async def test_an_id_that_no_player_has_is_refused(gateway: Running, infractions: Infractions) -> None:
    assert (await gateway.call("GET", "/v1/players/roblox/builderman/linked")).status == 422
    assert infractions.linked.asked == []


async def test_nobody_who_knows_the_question_is_a_503(gateway: Running, infractions: Infractions) -> None:
    """As where infractions is away, or of a release that does not know it."""
    await infractions.stop()
    answer = await asked(gateway)
    assert (answer.status, answer.json["type"]) == (503, "urn:banstream:problem:unavailable")
    assert "Retry-After" in answer.headers
