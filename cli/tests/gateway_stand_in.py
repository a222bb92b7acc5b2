"""A small gateway that speaks the API on a real socket, keeps what it is given in memory and can be told to fail."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast
from uuid import uuid4

from aiohttp import web
from cli.tests.abuse_stand_in import AbuseStandIn

TOKEN = "bst-of-an-administrator"
KEY = "Idempotency-Key"

Handler: TypeAlias = Callable[[web.Request, Any], Awaitable[tuple[int, Any]]]


class StandIn(AbuseStandIn):
    """What the tests look at and set: `requests` seen, `failures` to give first.

    `shows_at_once` is of what is only accepted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.requests: list[tuple[str, str, str | None, Any]] = []
        self.failures: list[web.Response] = []
        self.infractions: list[dict[str, Any]] = []
        self.credentials: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.restrictions: dict[str, Any] = {}
        self.admins: dict[str, dict[str, Any]] = {}
        self.accepts_only = False
        self.shows_at_once: dict[str, str] = {}
        self.cut_after_storing = 0
        self._answers: dict[str, tuple[int, Any]] = {}

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._frame])

        def add(method: str, path: str, handler: Handler) -> None:
            app.router.add_route(method, path, cast("Any", handler))

        add("POST", "/v1/infractions", self._issue)
        add("GET", "/v1/infractions", self._search)
        add("GET", "/v1/infractions/{id}", self._find)
        add("PATCH", "/v1/infractions/{id}", self._amend)
        for method in ("PUT", "DELETE"):
            add(method, "/v1/infractions/{id}/exempt/{service}/{player}", self._exempt)
        add("POST", "/v1/infractions/{id}/{verb}", self._act)
        add("POST", "/v1/players/{service}/{id}/lift", self._lift)
        add("POST", "/v1/players/{service}/{id}/erase", self._erase)
        add("GET", "/v1/players/{service}/{id}/restrictions", self._check)
        add("GET", "/v1/players/{service}/{id}/history", self._history)
        add("POST", "/v1/{kind:servers|tokens}", self._create)
        add("GET", "/v1/{kind:servers|tokens}", self._list)
        add("POST", "/v1/{kind:servers|tokens}/{id}/rotate", self._rotate)
        add("DELETE", "/v1/{kind:servers|tokens}/{id}", self._revoke)
        add("GET", "/v1/policies", self.list_policies)
        add("GET", "/v1/policies/{id}", self.find_policy)
        add("PUT", "/v1/policies/{id}", self.put_policy)
        add("DELETE", "/v1/policies/{id}", self.remove_policy)
        add("POST", "/v1/incidents", self.record)
        add("POST", "/v1/incidents/{incident}/{verb:dismiss|restore}", self.change_incident)
        add("GET", "/v1/players/{service}/{id}/abuse", self.abuse)
        add("POST", "/v1/players/{service}/{id}/abuse/dismiss", self.dismiss_all)
        add("GET", "/v1/admins", self._admins)
        add("PUT", "/v1/admins/{service}/{id}", self._put_admin)
        add("DELETE", "/v1/admins/{service}/{id}", self._remove_admin)
        add("GET", "/v1/protected", self.protected)
        add("PUT", "/v1/protected/{service}/{id}", self.protect)
        add("DELETE", "/v1/protected/{service}/{id}", self.unprotect)
        add("POST", "/v1/messages", self.on_its_way)
        add("POST", "/v1/servers/{id}/messages", self.on_its_way)
        add("POST", "/v1/players/{service}/{id}/kick", self.on_its_way)
        add("GET", "/v1/requests", self.requests_for_review)
        add("GET", "/readyz", self._ready)
        return app

    @web.middleware
    async def _frame(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        key = request.headers.get(KEY)
        self.requests.append((request.method, request.raw_path, key, body))
        if self.failures:
            return self.failures.pop(0)
        if request.path != "/readyz" and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "unauthorized", "A valid credential is needed")
        if key in self._answers:
            return web.json_response(self._answers[key][1], status=self._answers[key][0])
        if self.accepts_only and request.method != "GET":
            accepted = {"command_id": str(uuid4()), "status": "accepted", **self.shows_at_once}
            return web.json_response(accepted, status=202)
        status, content = await handler(request, body)
        if isinstance(content, dict) and content.get("type", "").startswith("urn:"):
            return web.json_response(content, status=status)
        if key is not None:
            self._answers[key] = (status, _without_secret(content))
        if self.cut_after_storing:
            self.cut_after_storing -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(content, status=status)

    async def _erase(self, request: web.Request, body: Any) -> tuple[int, Any]:
        player = {"service": request.match_info["service"], "id": request.match_info["id"]}
        held = [each for each in self.infractions if each["player"] == player]
        if held and not body["lift"]:
            return 409, {"type": "urn:banstream:problem:still-restricted", "title": "The command was refused"}
        return 200, {"player": player, "already_erased": False, "infractions": held, "position": 1}

    async def _admins(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        everybody = request.query.get("include_removed") == "true"
        return 200, {"items": [each for each in self.admins.values() if everybody or "removed_at" not in each]}

    async def _put_admin(self, request: web.Request, body: Any) -> tuple[int, Any]:
        player = {"service": request.match_info["service"], "id": request.match_info["id"]}
        self.admins[player["id"]] = {"id": "9" * 24, "player": player, **body}
        return 200, self.admins[player["id"]]

    async def _remove_admin(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        admin = self.admins.get(request.match_info["id"])
        if admin is None:
            return 404, {"type": "urn:banstream:problem:unknown-admin", "title": "roblox:9 is no admin"}
        self.admins[request.match_info["id"]] = admin | {"removed_at": "2026-01-02T03:04:05Z"}
        return 200, self.admins[request.match_info["id"]]

    async def _issue(self, _request: web.Request, body: Any) -> tuple[int, Any]:
        seconds = body.get("duration_seconds")
        made = {
            **{name: value for name, value in body.items() if name != "player"},
            "id": secrets.token_hex(12),
            "player": {"service": body["player"]["service"], "id": body["player"]["id"]},
            "player_name": body["player"].get("name"),
            "lifetime": "timed" if seconds else "permanent",
            "status": "active",
            "issued_at": "2026-01-02T03:04:05Z",
            "issuer": {"kind": "token", "id": "0" * 24, "name": "moderator"},
        }
        if seconds:
            made["expires_at"] = "2026-01-09T03:04:05Z"
        self.infractions.insert(0, made)
        return 201, made

    async def _search(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        return 200, _page(request, self.infractions)

    async def _find(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        found = self._infraction(request)
        return (200, found) if found else _unknown("infraction")

    async def _amend(self, request: web.Request, body: Any) -> tuple[int, Any]:
        found = self._infraction(request)
        if found is None:
            return _unknown("infraction")
        found.update(body)
        return 200, found

    async def _exempt(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        found = self._infraction(request)
        if found is None:
            return _unknown("infraction")
        player = {"service": request.match_info["service"], "id": request.match_info["player"]}
        found["exempt"] = [player] if request.method == "PUT" else []
        return 200, found

    async def _act(self, request: web.Request, body: Any) -> tuple[int, Any]:
        found = self._infraction(request)
        if found is None:
            return _unknown("infraction")
        wanted, new = ("active", "lifted") if request.match_info["verb"] == "lift" else ("lifted", "active")
        if found["status"] != wanted:
            slug = "not-in-force" if wanted == "active" else "not-lifted"
            return 409, _problem(409, slug, "The command was refused", detail=f"it is {found['status']}")
        found.update(status=new, ended_reason=body["reason"])
        return 200, found

    async def _lift(self, request: web.Request, body: Any) -> tuple[int, Any]:
        player_id = request.match_info["id"]
        lifted = [each for each in self.infractions if each["player"]["id"] == player_id and each["status"] == "active"]
        for each in lifted:
            each.update(status="lifted", ended_reason=body["reason"])
        return 200, {"infractions": lifted, "position": 7}

    async def _check(self, _request: web.Request, _body: Any) -> tuple[int, Any]:
        return 200, {"restrictions": self.restrictions, "position": 7}

    async def _history(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        return 200, _page(request, self.history)

    async def _create(self, request: web.Request, body: Any) -> tuple[int, Any]:
        kind = request.match_info["kind"].removesuffix("s")
        made = {"id": secrets.token_hex(12), "kind": kind, "scopes": [], **body, "created_at": "2026-01-02T03:04:05Z"}
        self.credentials.insert(0, made)
        return 201, {**made, "key": f"bsx{secrets.token_hex(24)}"}

    async def _list(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        return 200, _page(request, self.credentials)

    async def _rotate(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        found = self._credential(request)
        return (200, {**found, "key": f"bsx{secrets.token_hex(24)}"}) if found else _unknown("credential")

    async def _revoke(self, request: web.Request, _body: Any) -> tuple[int, Any]:
        found = self._credential(request)
        if found is None:
            return _unknown("credential")
        found["revoked_at"] = "2026-01-03T03:04:05Z"
        return 200, found

    async def _ready(self, _request: web.Request, _body: Any) -> tuple[int, Any]:
        return 200, {"status": "ready"}

    def _infraction(self, request: web.Request) -> dict[str, Any] | None:
        return next((each for each in self.infractions if each["id"] == request.match_info["id"]), None)

    def _credential(self, request: web.Request) -> dict[str, Any] | None:
        return next((each for each in self.credentials if each["id"] == request.match_info["id"]), None)


def problem(status: int, slug: str, title: str, **more: Any) -> web.Response:
    headers = more.pop("headers", None)
    return web.json_response(_problem(status, slug, title, **more), status=status, headers=headers)


@asynccontextmanager
async def gateway_stand_in() -> AsyncIterator[StandIn]:
    stand_in = StandIn()
    runner = web.AppRunner(stand_in.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stand_in
    finally:
        await asyncio.shield(runner.cleanup())


def _problem(status: int, slug: str, title: str, **more: Any) -> dict[str, Any]:
    return {"type": f"urn:banstream:problem:{slug}", "title": title, "status": status, "trace_id": "0" * 32, **more}


def _unknown(what: str) -> tuple[int, Any]:
    return 404, _problem(404, f"unknown-{what}", f"There is no such {what}")


def _page(request: web.Request, items: list[dict[str, Any]]) -> dict[str, Any]:
    begin, limit = int(request.query.get("cursor", "0")), int(request.query["limit"])
    following = begin + limit
    return {"items": items[begin:following], "next": str(following) if following < len(items) else None}


def _without_secret(content: Any) -> Any:
    return {name: value for name, value in content.items() if name != "key"}
