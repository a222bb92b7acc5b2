"""`banstream check --at` and `banstream export bans --at` against a gateway on a real socket."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run, Start
from cli.tests.test_looking import infraction, on_terminal

from banstream_testing.loopback import on_loopback

AT, POSITION = "2026-01-02T03:04:05Z", 42
LATER = "2026-02-01T00:00:00Z"


class Past:
    """A gateway that knows some infractions of a moment, and tells two at a time."""

    def __init__(self) -> None:
        self.restrictions: dict[str, Any] = {}
        self.infractions: list[dict[str, Any]] = []
        self.told: dict[str, Any] = {}
        self.asked: list[dict[str, str]] = []

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/players/roblox/1/restrictions", self.check)
        app.router.add_get("/v1/in-force", self.in_force)
        return app

    async def check(self, request: web.Request) -> web.Response:
        items, rest = self._page(request)
        told = {"restrictions": self.restrictions, "infractions": items, "total": len(self.infractions)}
        return web.json_response({"at": AT, "position": POSITION, "next": rest, **told, **self.told})

    async def in_force(self, request: web.Request) -> web.Response:
        items, rest = self._page(request)
        return web.json_response({"at": AT, "position": POSITION, "items": items, "next": rest, **self.told})

    def _page(self, request: web.Request) -> tuple[list[dict[str, Any]], str | None]:
        self.asked.append(dict(request.query))
        ids = [each["id"] for each in self.infractions]
        cursor = request.query.get("cursor")
        first = ids.index(cursor) + 1 if cursor else 0
        items = self.infractions[first : first + 2]
        return items, items[-1]["id"] if first + 2 < len(ids) else None


@pytest.fixture
async def past(environment: dict[str, str | None]) -> AsyncIterator[Past]:
    """One where a ban and a mute were in force, and a third infraction had run out."""
    stand_in = Past()
    over = {"lifetime": "timed", "expires_at": AT}
    stand_in.infractions = [infraction(number, player_name="Bob", reason="spam") for number in (1, 2)]
    stand_in.infractions.append(infraction(3, **over))
    stand_in.restrictions = {
        "ban": {"infraction_id": f"{1:024x}", "reason": "spam", "expires_at": LATER},
        "voice_block": {"infraction_id": f"{2:024x}", "reason": "spam", "time_left_seconds": 90},
    }
    async with on_loopback(stand_in.application()) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


async def test_a_check_of_a_moment_says_what_it_would_have_answered(past: Past, run: Run) -> None:
    outcome = await run("check", "roblox:1", "--at", AT, "--ip", "192.0.2.7", "--server", "0" * 24)
    assert (outcome.code, outcome.err) == (0, "")
    moment, _, ban, mute, _, *rows = outcome.out.splitlines()
    assert moment == "as of 2026-01-02 03:04:05Z (position 42 of the log)"
    assert ban.split("\t")[:3] == ["ban", "2026-02-01 00:00:00Z", "spam"]
    assert mute.split("\t")[:3] == ["voice_block", "1m30s online", "spam"]
    assert [row.split("\t")[3] for row in rows] == ["active permanent", "active permanent", "expired"]
    first, second = past.asked
    asked = {"at": "2026-01-02T03:04:05+00:00", "ip": "192.0.2.7", "server": "0" * 24, "limit": "200"}
    assert first == asked
    assert second == {**asked, "at_position": str(POSITION), "cursor": f"{2:024x}"}


async def test_a_time_without_a_zone_is_of_the_terminal(past: Past, run: Run) -> None:
    assert (await run("check", "roblox:1", "--at", "2026-01-02 04:04", TZ="UTC")).code == 0
    assert past.asked[0]["at"] == "2026-01-02T04:04:00+00:00"


async def test_a_position_is_a_moment_too(past: Past, run: Run) -> None:
    told = (await run("check", "roblox:1", "--at-position", "42", "--json")).json
    assert (len(told["infractions"]), told["next"], told["restrictions"]) == (3, None, past.restrictions)
    assert past.asked[0] == {"at_position": "42", "limit": "200"}


async def test_nobody_restricted_an_empty_log_and_an_erasure_are_said(past: Past, run: Run) -> None:
    past.restrictions, past.infractions = {}, []
    past.told = {"position": 0, "begins_at": LATER, "erased_at": LATER}
    outcome = await run("check", "roblox:1", "--at", AT)
    assert "nothing restricted this player" in outcome.out
    assert outcome.err.splitlines() == [
        "banstream: the log begins at 2026-02-01 00:00:00Z: nothing was known before",
        "banstream: the player was erased at 2026-02-01 00:00:00Z: names, notes and evidence from before are gone",
    ]


@pytest.mark.usefixtures("past")
async def test_no_more_is_told_than_somebody_reads(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banstream_cli.gateway.past.MOST", 2)
    outcome = await run("check", "roblox:1", "--at", AT)
    assert outcome.complaint == "banstream: these are 2 of the 3 infractions that there were"


@pytest.mark.parametrize("command", [("check", "roblox:1"), ("export", "bans")])
@pytest.mark.parametrize(
    ("at", "complaint"),
    [
        ("9000-01-01", "--at is in the future"),
        ("yesterday", "'yesterday' is no time; write 10m (ago), 2026-01-31 or 2026-01-31T12:00:00Z"),
        ("", "'' is no time"),
        ("99999999999d", "is no time"),
    ],
)
async def test_what_is_no_moment_that_has_been_is_one_line(
    past: Past, run: Run, command: tuple[str, ...], at: str, complaint: str
) -> None:
    outcome = await run(*command, "--at", at)
    assert (outcome.code, outcome.out, past.asked) == (2, "", [])
    assert complaint in outcome.complaint


async def test_bans_of_a_moment_are_of_one_state_of_the_log(past: Past, run: Run) -> None:
    outcome = await run("export", "bans", "--at", AT)
    assert [row["infraction_id"] for row in csv.DictReader(io.StringIO(outcome.out))] == [
        each["id"] for each in past.infractions
    ]
    assert [(each["at"], each.get("at_position"), each["punishment"]) for each in past.asked] == [
        ("2026-01-02T03:04:05+00:00", None, "ban"),
        ("2026-01-02T03:04:05+00:00", "42", "ban"),
    ]
    assert (await run("export", "bans", "--at", AT, "--all")).code == 2


async def test_bans_before_the_log_are_none_and_it_says_so(past: Past, run: Run) -> None:
    past.told = {"position": 0, "begins_at": LATER, "items": [], "next": None}
    outcome = await run("export", "bans", "--at", AT, "--json")
    assert (outcome.code, outcome.out, len(past.asked)) == (0, "", 1)
    assert outcome.complaint == "banstream: the log begins at 2026-02-01 00:00:00Z: nothing was known before"


@pytest.mark.parametrize("width", [40, 120])
@pytest.mark.usefixtures("past")
async def test_it_fits_the_terminal(start: Start, environment: dict[str, str | None], width: int) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    seen = await on_terminal(start, "check", "roblox:1", "--at", AT, width=width)
    assert "position 42 of the log" in seen
