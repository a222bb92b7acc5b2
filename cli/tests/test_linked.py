"""`banstream linked` against a gateway on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run, Start
from cli.tests.test_looking import on_terminal

from banstream_testing.loopback import on_loopback

AT, LATER = "2026-01-02T03:04:05Z", "2026-02-01T00:00:00Z"
HASH = "ab" * 32
FIRST, SECOND, THIRD = (str(digit) * 24 for digit in (1, 2, 3))


class Gateway:
    """One that knows who is linked with a player."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.told: dict[str, Any] = {"addresses": 1, "addresses_total": 1}

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/players/roblox/1/linked", self.linked)
        return app

    async def linked(self, _request: web.Request) -> web.Response:
        return web.json_response({"at": AT, "items": self.items, "total": len(self.items), **self.told})


def known(*ids: str, count: int = 1) -> dict[str, Any]:
    return {"count": count, "first_at": AT, "last_at": LATER, "infraction_ids": list(ids)}


def link(player_id: str, strength: str, sentence: str, **fields: Any) -> dict[str, Any]:
    at = {"address_hash": HASH, "own": known(FIRST), "players": 3, "binds": True, **fields}
    player = {"service": "roblox", "id": player_id}
    return {"player": player, "strength": strength, "why": [], "sentences": [sentence], "addresses": [at]}


@pytest.fixture
async def gateway(environment: dict[str, str | None]) -> AsyncIterator[Gateway]:
    """One where somebody has several infractions there, and somebody else is exempt."""
    stand_in = Gateway()
    first = link("2", "strong", "Both were known there.", theirs=known(THIRD, SECOND, count=7))
    stand_in.items = [{**first, "player_name": "Bob\u202e"}]
    stand_in.items.append(link("3", "none", "They are two.", exempt_from=[FIRST], binds=False))
    async with on_loopback(stand_in.application()) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


@pytest.mark.usefixtures("gateway")
async def test_each_link_says_what_it_is_known_from(run: Run) -> None:
    outcome = await run("linked", "roblox:1")
    _, strong, none = (line.split("\t") for line in outcome.out.splitlines())
    assert strong[0].startswith("roblox:2 (Bob")
    assert "\u202e" not in strong[0]
    assert strong[1:] == [
        "strong",
        "Both were known there.",
        f"address:{HASH[:12]}, binds others now",
        "2026-01-02 03:04:05Z to 2026-02-01 00:00:00Z",
        f"{THIRD} {SECOND} and 5 more",
        FIRST,
    ]
    assert none == ["roblox:3", "none", "They are two.", f"address:{HASH[:12]}", "-", f"exempt: {FIRST}", FIRST]
    assert outcome.complaint == (
        "banstream: two of them are different people? say so: banstream exempt INFRACTION SERVICE:ID"
    )


async def test_what_is_not_told_is_said(gateway: Gateway, run: Run) -> None:
    gateway.told = {"total": 9999, "addresses": 20, "addresses_total": 22}
    said = (await run("linked", "roblox:1")).err.splitlines()
    assert said[:2] == [
        "banstream: these are the newest 2 of 9999",
        "banstream: of 22 addresses the newest 20 were looked at",
    ]


async def test_nobody_and_json(gateway: Gateway, run: Run) -> None:
    assert (await run("linked", "roblox:1", "--json")).json["items"] == gateway.items
    gateway.items = []
    outcome = await run("linked", "roblox:1")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.complaint == "banstream: nobody else is known at an address of roblox:1"


@pytest.mark.parametrize("width", [40, 160])
@pytest.mark.usefixtures("gateway")
async def test_it_fits_the_terminal(start: Start, environment: dict[str, str | None], width: int) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    seen = await on_terminal(start, "linked", "roblox:1", width=width)
    assert "strong" in seen
