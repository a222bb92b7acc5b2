"""`banstream requests` against a gateway on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run

from banstream_testing.loopback import on_loopback

FIRST, SECOND, THIRD = "1" * 24, "2" * 24, "3" * 24
BY = {"kind": "token", "id": "0" * 24, "name": "Alice"}


class Reviews:
    """The part of the API that the command speaks.

    `refused` are decided already, or not there; `waiting` are not carried out yet; `away` are answered by 503.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str | None, Any]] = []
        self.refused: set[str] = set()
        self.waiting: set[str] = set()
        self.away: set[str] = set()

    @web.middleware
    async def note(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.calls.append((request.method, request.path_qs, request.headers.get("Idempotency-Key"), body))
        answer: web.StreamResponse = await handler(request)
        return answer

    async def search(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": [listed()], "next": None})

    async def find(self, request: web.Request) -> web.Response:
        if request.match_info["id"] != FIRST:
            problem = {"type": "urn:banstream:problem:unknown-request", "title": "There is no such request for review"}
            return web.json_response(problem, status=404)
        said = {"note": "the replay shows lag", "by": BY, "at": "2026-01-02T03:04:05Z"}
        return web.json_response(
            {**listed(), "comments": [said], "decided_at": "2026-01-03T00:00:00Z", "decided_by": BY}
        )

    async def change(self, request: web.Request) -> web.Response:
        if (request_id := request.match_info.get("id")) in self.refused:
            problem = {"type": "urn:banstream:problem:unknown-request", "title": "There is no such request for review"}
            return web.json_response(problem, status=404)
        if request_id in self.waiting:
            return web.json_response({"command_id": "c", "status": "accepted"}, status=202)
        if request_id in self.away:
            return web.json_response({"title": "Temporarily unavailable"}, status=503)
        return web.json_response({"id": request.match_info.get("id", FIRST), "position": 7})

    async def decide(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response({"items": [self._decided(each, body) for each in body["ids"]], "position": 7})

    def _decided(self, request_id: str, body: Any) -> dict[str, Any]:
        item: dict[str, Any] = {"id": request_id, "command_id": "1"}
        if request_id in self.refused:
            problem = {"title": "The command was refused", "detail": "the request was approved already, by Alice"}
            return {**item, "status": "refused", "problem": problem}
        if request_id in self.waiting:
            return {**item, "status": "accepted"}
        is_approval = body["decision"] == "approve"
        return {**item, "status": "approved" if is_approval else "rejected", "infraction_ids": ["9" * 24] * is_approval}


def listed() -> dict[str, Any]:
    return {
        "id": FIRST,
        "player": {"service": "roblox", "id": "156"},
        "reason": "flies",
        "status": "open",
        "wanted": "punish",
        "suggested": {"infraction_id": "9" * 24, "duration_seconds": 86400, "scope": "global", "reason": "flies"},
        "opened_at": "2026-01-02T03:04:05Z",
        "opened_by": BY,
    }


@pytest.fixture
async def reviews(environment: dict[str, str | None]) -> AsyncIterator[Reviews]:
    """A gateway that the command finds by its environment."""
    stand_in = Reviews()
    app = web.Application(middlewares=[stand_in.note])
    app.router.add_get("/v1/requests", stand_in.search)
    app.router.add_post("/v1/requests", stand_in.change)
    app.router.add_post("/v1/requests/decisions", stand_in.decide)
    app.router.add_get("/v1/requests/{id}", stand_in.find)
    app.router.add_post("/v1/requests/{id}/{what:comments|assignee}", stand_in.change)
    async with on_loopback(app) as url:
        environment |= {"BANSTREAM_URL": url, "BANSTREAM_TOKEN": "any"}
        yield stand_in


async def test_what_waits_is_listed_and_shown(reviews: Reviews, run: Run) -> None:
    table = await run("requests", "list", COLUMNS="200")
    assert table.code == 0
    assert all(text in table.out for text in (FIRST, "roblox:156", "ban for 1d", "flies", "open"))
    assert (await run("requests", "list", "--json")).json["items"][0]["id"] == FIRST
    await run("requests", "list", "--status", "any", "--player", "roblox:156", "--assignee", "Bob Mc")
    assert [call[1] for call in reviews.calls] == [
        "/v1/requests?status=open&limit=50",
        "/v1/requests?status=open&limit=50",
        "/v1/requests?player=roblox:156&assignee=Bob+Mc&limit=50",
    ]
    shown = await run("requests", "show", FIRST, COLUMNS="200")
    assert all(text in shown.out for text in ("the replay shows lag", "Alice (token)", "Decided"))
    missing = await run("requests", "show", SECOND)
    assert (missing.code, missing.complaint) == (1, "banstream: There is no such request for review")


async def test_a_request_is_opened(reviews: Reviews, run: Run) -> None:
    options = ("--reason", "flies", "--for", "1d", "--ip", "192.0.2.7", "--server", "0" * 24)
    opened = await run("requests", "open", "roblox:156", *options)
    assert (opened.code, opened.out) == (0, f"roblox:156 is to be reviewed: request {FIRST}\n")
    assert reviews.calls[0][3] == {
        "player": {"service": "roblox", "id": "156", "ip": "192.0.2.7"},
        "reason": "flies",
        "suggested": {"scope": "global", "duration_seconds": 86400},
        "server_id": "0" * 24,
    }
    await run("requests", "open", "roblox:156", "--reason", "appeal", "--lift")
    assert reviews.calls[1][3] == {
        "player": {"service": "roblox", "id": "156"},
        "reason": "appeal",
        "wanted": "lift",
    }


async def test_several_are_commented_and_assigned(reviews: Reviews, run: Run) -> None:
    said = await run("requests", "comment", FIRST, SECOND, FIRST, "--note", "lag", "--key", "k")
    assert (said.code, said.out) == (0, f"{FIRST} is commented\n{SECOND} is commented\n")
    assert [call[2] for call in reviews.calls] == [f"k/{FIRST}", f"k/{SECOND}"]
    assert (await run("requests", "assign", FIRST, "--to", "Bob")).out == f"{FIRST} is assigned to Bob\n"
    assert (await run("requests", "assign", FIRST, "--nobody")).out == f"{FIRST} is nobody's\n"
    assert [call[3] for call in reviews.calls[2:]] == [{"assignee": "Bob"}, {"assignee": None}]


async def test_one_that_is_refused_or_waits_holds_up_no_comment_on_another(reviews: Reviews, run: Run) -> None:
    reviews.refused, reviews.waiting = {SECOND}, {FIRST}
    said = await run("requests", "comment", FIRST, SECOND, THIRD, "--note", "lag", "--key", "k")
    assert (said.code, said.out) == (1, f"{THIRD} is commented\n")
    assert f"{SECOND}: There is no such request for review" in said.err
    assert f"{FIRST}: accepted as command c, not confirmed yet; see again with --key k\n" in said.err
    assert [call[2] for call in reviews.calls] == [f"k/{FIRST}", f"k/{SECOND}", f"k/{THIRD}"]


async def test_the_key_that_is_named_after_a_failure_repeats_every_comment_as_it_was(
    reviews: Reviews, run: Run
) -> None:
    reviews.away = {SECOND}
    failed = await run("requests", "comment", FIRST, SECOND, THIRD, "--note", "lag")
    assert (failed.code, failed.out) == (2, f"{FIRST} is commented\n")
    first, *others = (call[2] for call in reviews.calls)
    assert THIRD not in {str(key).partition("/")[2] for key in others}
    reviews.away = set()
    key = failed.complaint.rpartition("--key ")[2]
    await run("requests", "comment", FIRST, SECOND, THIRD, "--note", "lag", "--key", key)
    assert [call[2] for call in reviews.calls[-3:-1]] == [first, others[0]]


async def test_comments_on_several_requests_are_one_document(reviews: Reviews, run: Run) -> None:
    reviews.refused = {SECOND}
    said = await run("requests", "assign", FIRST, SECOND, "--to", "Bob", "--json")
    assert said.json["items"] == [
        {"id": FIRST, "position": 7},
        {"id": SECOND, "status": "refused", "detail": "There is no such request for review"},
    ]


async def test_several_are_decided_at_once(reviews: Reviews, run: Run) -> None:
    approved = await run("requests", "approve", FIRST, SECOND, "--for", "2h", "--scope", "server", "--key", "k")
    assert approved.code == 0
    assert "approved" in approved.out
    assert reviews.calls[0][2:] == (
        "k",
        {"ids": [FIRST, SECOND], "decision": "approve", "duration_seconds": 7200, "scope": "server"},
    )
    await run("requests", "approve", FIRST, "--for", "permanent", "--reason", "enough")
    assert reviews.calls[1][3] == {"ids": [FIRST], "decision": "approve", "permanent": True, "reason": "enough"}
    rejected = await run("requests", "reject", FIRST, "--json")
    assert rejected.json["items"][0]["status"] == "rejected"
    assert reviews.calls[2][3] == {"ids": [FIRST], "decision": "reject"}


async def test_more_than_the_gateway_takes_go_in_parts(reviews: Reviews, run: Run) -> None:
    ids = [f"{number:024x}" for number in range(250)]
    done = await run("requests", "reject", *ids, "--json")
    assert [each["id"] for each in done.json["items"]] == ids
    assert [len(call[3]["ids"]) for call in reviews.calls] == [100, 100, 50]
    assert len({call[2] for call in reviews.calls}) == 1


async def test_what_is_refused_or_not_confirmed_is_said(reviews: Reviews, run: Run) -> None:
    reviews.refused, reviews.waiting = {SECOND}, {THIRD}
    some = await run("requests", "approve", FIRST, SECOND, THIRD, COLUMNS="200")
    assert (some.code, some.complaint) == (
        1,
        "banstream: 1 of 3 refused: the request was approved already, by Alice",
    )
    assert all(text in some.out for text in ("approved", "refused", "accepted"))
    later = await run("requests", "reject", THIRD, "--key", "k")
    assert (later.code, later.complaint) == (3, "banstream: 1 of 1 not confirmed yet; see again with --key k")


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--status", "perhaps"),
        ("list", "--player", "x"),
        ("open", "roblox:x", "--reason", "flies"),
        ("open", "roblox:1", "--reason", "x", "--lift", "--for", "1d"),
        ("open", "roblox:1"),
        ("comment", FIRST),
        ("assign", FIRST),
        ("assign", FIRST, "--to", "Bob", "--nobody"),
        ("approve",),
        ("approve", FIRST, "--for", "soon"),
        ("approve", FIRST, "--scope", "galaxy"),
    ],
    ids=lambda each: "-".join(each[:1]),
)
async def test_wrong_use_asks_nobody(reviews: Reviews, run: Run, arguments: tuple[str, ...]) -> None:
    outcome = await run("requests", *arguments)
    assert (outcome.code, reviews.calls) == (2, [])
