"""A stand-in for Discord's webhooks: real HTTP, and refuses what Discord refuses (facts dayz-bans-discord 4)."""

import asyncio
import itertools
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from banstream_testing.loopback import on_loopback

Fault = Literal["503", "cut", "cut-after", "hang", "global-429", "400"]

_LIMITS = {"title": 256, "description": 4096}


@dataclass(slots=True)
class Posted:
    """One message as it was sent first."""

    message_id: str
    webhook: str
    body: dict[str, Any]
    query: dict[str, str]
    user_agent: str


@dataclass(slots=True)
class DiscordStandIn:
    """What was sent, in order; `messages` are as they are now. `faults` come first, one a request.

    `limit` requests a webhook within `window` seconds. `unknown` and `unauthorized` are tokens of webhooks.
    `old` are messages older than an hour, of which `old_limit` changes are taken within `old_window` seconds.
    """

    url: str = ""
    limit: int = 50
    window: float = 0.5
    posted: list[Posted] = field(default_factory=list)
    changed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    unknown: set[str] = field(default_factory=set)
    unauthorized: set[str] = field(default_factory=set)
    old: set[str] = field(default_factory=set)
    old_limit: int = 3
    old_window: float = 6.0
    too_many: int = 0
    too_many_old: int = 0
    requests: int = 0
    is_down: bool = False
    _used: dict[str, list[float]] = field(default_factory=dict)
    _old_used: list[float] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: itertools.count(1_187_654_321_098_765_000))

    def webhook(self, token: str = "t0ken") -> str:  # noqa: S107 - invented
        """The URL of a webhook."""
        return f"{self.url}/api/webhooks/1187654321098765432/{token}"

    def embeds(self, token: str = "t0ken") -> list[dict[str, Any]]:  # noqa: S107 - as above
        """Every embed that a webhook was sent, in order, as it was sent."""
        return [embed for each in self.posted if each.webhook == token for embed in each.body["embeds"]]

    def texts(self, token: str = "t0ken") -> list[str]:  # noqa: S107 - as above
        """The value of the field with the reason of each embed."""
        return [reason_of(embed) for embed in self.embeds(token)]

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Execute Webhook."""
        token = request.match_info["token"]
        if refused := await self._refused(request, token):
            return refused
        body = await request.json()
        if problem := _problem(body):
            return self._answer(token, {"message": "Invalid Form Body", "code": 50035, "errors": problem}, 400)
        message_id = str(next(self._ids))
        query, agent = dict(request.query), request.headers.get("User-Agent", "")
        self.posted.append(Posted(message_id, token, body, query, agent))
        self.messages[message_id] = body["embeds"]
        if self.faults and self.faults[0] == "cut-after":
            self.faults.popleft()
            return _cut(request)
        if request.query.get("wait") != "true":
            return web.Response(status=204, headers=self._headers(token))
        return self._answer(token, {"id": message_id, "type": 0, "embeds": body["embeds"]}, 200)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        """Edit Webhook Message."""
        token, message_id = request.match_info["token"], request.match_info["message"]
        if refused := await self._refused(request, token):
            return refused
        if message_id not in self.messages:
            return self._answer(token, {"message": "Unknown Message", "code": 10008}, 404)
        if message_id in self.old and (refused := self._refused_as_old(token)):
            return refused
        body = await request.json()
        if problem := _problem(body):
            return self._answer(token, {"message": "Invalid Form Body", "code": 50035, "errors": problem}, 400)
        self.messages[message_id] = body["embeds"]
        self.changed.append((message_id, body))
        return self._answer(token, {"id": message_id, "embeds": body["embeds"]}, 200)

    async def _refused(self, request: web.Request, token: str) -> web.StreamResponse | None:
        self.requests += 1
        if self.is_down:
            return web.Response(status=502, text="<html>bad gateway</html>")
        if self.faults and self.faults[0] != "cut-after":
            return await self._fault(request, self.faults.popleft())
        if token in self.unauthorized:
            return web.json_response({"message": "Invalid Webhook Token", "code": 50027}, status=401)
        if token in self.unknown:
            return web.json_response({"message": "Unknown Webhook", "code": 10015}, status=404)
        used = [each for each in self._used.get(token, []) if time.monotonic() - each < self.window]
        self._used[token] = used
        if len(used) >= self.limit:
            self.too_many += 1
            return self._too_many(used[0] + self.window - time.monotonic(), "user")
        used.append(time.monotonic())
        return None

    def _refused_as_old(self, token: str) -> web.Response | None:
        """A limit of the channel, besides that of the webhook, whose headers do not tell of it."""
        now = time.monotonic()
        self._old_used = [each for each in self._old_used if now - each < self.old_window]
        if len(self._old_used) < self.old_limit:
            self._old_used.append(now)
            return None
        self.too_many_old += 1
        seconds = min(self._old_used, default=now) + self.old_window - now
        body = {
            "message": "Maximum number of edits to messages older than 1 hour reached.",
            "code": 30046,
            "retry_after": seconds,
            "global": False,
        }
        return web.json_response(
            body, status=429, headers={**self._headers(token), "Retry-After": str(int(seconds) + 1)}
        )

    async def _fault(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        match fault:
            case "503":
                return web.Response(status=503, text="upstream connect error")
            case "400":
                return web.json_response({"message": "Invalid Form Body", "code": 50035}, status=400)
            case "global-429":
                return self._too_many(0.3, "global")
            case "hang":
                await asyncio.sleep(3600)
                return _cut(request)
            case "cut" | "cut-after":
                return _cut(request)

    def _too_many(self, seconds: float, scope: str) -> web.Response:
        """The body holds a float of seconds, the header whole ones."""
        sent = {"Retry-After": str(int(seconds) + 1), "X-RateLimit-Scope": scope}
        if scope == "global":
            sent["X-RateLimit-Global"] = "true"
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": scope == "global"}
        return web.json_response(body, status=429, headers=sent)

    def _answer(self, token: str, body: dict[str, Any], status: int) -> web.Response:
        return web.json_response(body, status=status, headers=self._headers(token))

    def _headers(self, token: str) -> dict[str, str]:
        used = self._used.get(token, [])
        after = used[0] + self.window - time.monotonic() if used else 0.0
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - len(used))),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{math.ceil(max(after, 0.0) * 1000) / 1000:.3f}",
            "X-RateLimit-Bucket": "b0cke7",
        }


def reason_of(embed: dict[str, Any]) -> str:
    """The value of an embed's field for the reason, in any language."""
    return next((str(each["value"]) for each in embed["fields"] if each["name"].startswith("📋")), "")


def _problem(body: dict[str, Any]) -> str | None:
    embeds = body.get("embeds", [])
    if body.get("allowed_mentions") != {"parse": []}:
        return "a test would be pinged"
    if not 1 <= len(embeds) <= 10:
        return "BASE_TYPE_BAD_LENGTH embeds"
    if sum(map(_size, embeds)) > 6000:
        return "MAX_EMBED_SIZE_EXCEEDED"
    return next((problem for embed in embeds if (problem := _embed_problem(embed))), None)


def _embed_problem(embed: dict[str, Any]) -> str | None:
    fields = embed.get("fields", [])
    if any(_units(embed.get(name, "")) > limit for name, limit in _LIMITS.items()) or len(fields) > 25:
        return "BASE_TYPE_MAX_LENGTH"
    if _units(embed.get("footer", {}).get("text", "")) > 2048:
        return "BASE_TYPE_MAX_LENGTH footer"
    for each in fields:
        if not each["name"].strip() or not each["value"].strip():
            return "BASE_TYPE_REQUIRED"
        if _units(each["name"]) > 256 or _units(each["value"]) > 1024:
            return "BASE_TYPE_MAX_LENGTH field"
    return None


def _size(embed: dict[str, Any]) -> int:
    texts = [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
    texts += [text for each in embed.get("fields", []) for text in (each["name"], each["value"])]
    return sum(map(_units, texts))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


@asynccontextmanager
async def discord_stand_in() -> AsyncIterator[DiscordStandIn]:
    """Listens on loopback."""
    discord = DiscordStandIn()
    app = web.Application()
    app.router.add_post("/api/webhooks/{webhook}/{token}", discord.post)
    app.router.add_patch("/api/webhooks/{webhook}/{token}/messages/{message}", discord.patch)
    async with on_loopback(app) as discord.url:
        yield discord
