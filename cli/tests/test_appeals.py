"""`banstream appeals` against a gateway on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run

from banstream_testing.loopback import on_loopback

FIRST, BAN = "1" * 24, "9" * 24
BY = {"kind": "token", "id": "0" * 24, "name": "Alice"}
AT = "2026-01-02T03:04:05Z"
COUNTS = {"appeals": 7, "open": 1, "upheld": 3, "reduced": 1, "overturned": 2}


class Appeals:
    """The part of the API that the command speaks."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []

    @web.middleware
    async def note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.calls.append((request.method, request.path_qs, body))
        answer: web.StreamResponse = await handler(request)
        return answer

    async def search(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [appeal()], "next": None})

    async def find(self, _request: web.Request) -> web.Response:
        said = [
            {"side": "player", "at": AT, "text": "my brother\x1b[2J"},
            {"side": "staff", "internal": True, "by": BY, "at": AT, "text": "aim assist"},
            {"side": "player", "at": AT},
        ]
        decided = {"decided_at": AT, "decided_by": BY, "decided_text": "a mistake"}
        return web.json_response({**appeal(), "answers": said, "issuer": BY, **decided})

    async def change(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": FIRST, "position": 7})

    async def code(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"infraction_id": BAN, "code": "7Q2MX-K9D0T", "url": "https://bans.example.org/appeal"}
        )

    async def statistics(self, _request: web.Request) -> web.Response:
        groups = {"by_category": [{"key": "aimbot", **COUNTS}], "by_policy": [{"key": None, **COUNTS}]}
        by_moderator = [{"key": "token:0", "name": "Alice", **COUNTS}]
        return web.json_response({"total": COUNTS, **groups, "by_moderator": by_moderator})


def appeal() -> dict[str, Any]:
    return {
        "id": FIRST,
        "infraction_id": BAN,
        "player": {"service": "roblox", "id": "156"},
        "reason": "not_me",
        "status": "open",
        "opened_at": AT,
        "answer_count": 3,
    }


@pytest.fixture
async def appeals(environment: dict[str, str | None]) -> AsyncIterator[Appeals]:
    """A gateway that the command finds by its environment."""
    stand_in = Appeals()
    app = web.Application(middlewares=[stand_in.note])
    app.router.add_get("/v1/appeals", stand_in.search)
    app.router.add_get("/v1/appeals/statistics", stand_in.statistics)
    app.router.add_get("/v1/appeals/{id}", stand_in.find)
    app.router.add_post("/v1/appeals/{id}/{what:answers|assignee|decision}", stand_in.change)
    app.router.add_route("*", "/v1/infractions/{id}/appeal-code", stand_in.code)
    async with on_loopback(app) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


async def test_what_waits_is_listed_and_shown(appeals: Appeals, run: Run) -> None:
    table = await run("appeals", "list", COLUMNS="200")
    assert table.code == 0
    assert all(text in table.out for text in (FIRST, "roblox:156", BAN, "not me", "open"))
    assert (await run("appeals", "list", "--json")).json["items"][0]["id"] == FIRST
    await run("appeals", "list", "--status", "any", "--player", "roblox:156", "--infraction", BAN)
    assert [call[1] for call in appeals.calls] == [
        "/v1/appeals?status=open&limit=50",
        "/v1/appeals?status=open&limit=50",
        f"/v1/appeals?player=roblox:156&infraction_id={BAN}&limit=50",
    ]
    shown = await run("appeals", "show", FIRST, COLUMNS="200")
    assert all(text in shown.out for text in ("my brother", "Alice (token) (note)", "(erased)", "a mistake"))
    assert "\x1b" not in shown.out


@pytest.mark.parametrize(
    ("arguments", "path", "body", "said"),
    [
        (["answer", "--text", "x"], "answers", {"text": "x"}, "is answered"),
        (["note", "--text", "x"], "answers", {"text": "x", "internal": True}, "note"),
        (["assign", "--to", "Bob"], "assignee", {"assignee": "Bob"}, "is assigned to Bob"),
        (["assign", "--nobody"], "assignee", {"assignee": None}, "nobody"),
        (["uphold", "--text", "x"], "decision", {"verdict": "upheld", "text": "x"}, "is upheld"),
        (["overturn", "--text", "x"], "decision", {"verdict": "overturned", "text": "x"}, "is overturned"),
        (
            ["reduce", "--text", "x", "--for", "1d", "--punishment", "ban", "--scope", "server"],
            "decision",
            {"verdict": "reduced", "text": "x", "duration_seconds": 86400, "punishments": ["ban"], "scope": "server"},
            "is reduced",
        ),
    ],
    ids=["answer", "note", "assign", "give-back", "uphold", "overturn", "reduce"],
)
async def test_staff_work_on_an_appeal(
    appeals: Appeals, run: Run, arguments: list[str], path: str, body: Any, said: str
) -> None:
    done = await run("appeals", arguments[0], FIRST, *arguments[1:])
    assert (done.code, said in done.out) == (0, True)
    assert appeals.calls == [("POST", f"/v1/appeals/{FIRST}/{path}", body)]


@pytest.mark.parametrize(
    "arguments",
    [["reduce", FIRST, "--text", "x"], ["assign", FIRST], ["assign", FIRST, "--to", "Bob", "--nobody"]],
    ids=["reduced-to-what", "assigned-to-whom", "assigned-to-both"],
)
async def test_what_says_nothing_is_wrong_use(appeals: Appeals, run: Run, arguments: list[str]) -> None:
    assert (await run("appeals", *arguments)).code == 2
    assert appeals.calls == []


async def test_a_code_is_shown_and_renewed(appeals: Appeals, run: Run) -> None:
    shown = await run("appeals", "code", BAN)
    assert ("7Q2MX-K9D0T" in shown.out, "bans.example.org" in shown.out) == (True, True)
    assert (await run("appeals", "code", BAN, "--renew", "--json")).json["code"] == "7Q2MX-K9D0T"
    assert [call[0] for call in appeals.calls] == ["GET", "POST"]


async def test_overturned_bans_are_counted_by_whose_they_were(appeals: Appeals, run: Run) -> None:
    told = await run("appeals", "statistics", "--since", "2026-01-31T00:00:00Z", COLUMNS="200")
    assert all(text in told.out for text in ("aimbot", "Alice", "Overturned"))
    assert appeals.calls[0][1] == "/v1/appeals/statistics?since=2026-01-31T00:00:00%2B00:00"
    assert (await run("appeals", "statistics", "--json")).json["total"] == COUNTS
