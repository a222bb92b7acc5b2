"""Discord's webhooks: send a message, change a message (facts dayz-bans-discord 4)."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import orjson
from yarl import URL

from banstream_contracts.notifier_targets import TargetDisplay
from banstream_notifier.destinations import Destination
from banstream_notifier.escaping import clean
from banstream_notifier.outcomes import Gone, MessageGone, NotNow, Refused, Sent, TryLater
from banstream_notifier.outside import Answer, request
from banstream_notifier.rate_limits import GLOBAL, RateLimits
from banstream_notifier.render import Embed

USER_AGENT = "DiscordBot (banstream, 0.1.0)"
_UNKNOWN_MESSAGE = 10008
_LONGEST_WAIT = 5.0
_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TIMEOUT, _TOO_MANY, _ERRORS = 300, 401, 403, 404, 408, 429, 500


class Discord:
    """One for all webhooks, since their rate limits meet in a global one."""

    def __init__(self, session: aiohttp.ClientSession, limits: RateLimits) -> None:
        self._session = session
        self._limits = limits

    async def send(self, destination: Destination, embeds: Sequence[Embed], display: TargetDisplay) -> Sent:
        """A new message. Raises NotSent."""
        body = _body(embeds)
        if display.username:
            body["username"] = clean(display.username)
        url = _url(destination, display).update_query(wait="true")
        answer = await self._request("POST", destination, url, body)
        return Sent(answer.status, _member(answer, "id"))

    async def change(
        self, destination: Destination, message_id: str, embeds: Sequence[Embed], display: TargetDisplay
    ) -> Sent:
        """Show other embeds in a message. Raises NotSent; MessageGone where somebody has deleted it."""
        url = _url(destination, display)
        url = url.with_path(f"{url.path.rstrip('/')}/messages/{message_id}").with_query(url.query)
        answer = await self._request("PATCH", destination, url, _body(embeds))
        return Sent(answer.status, message_id)

    async def _request(self, method: str, destination: Destination, url: URL, body: dict[str, Any]) -> Answer:
        webhook = destination.url.partition("?")[0]
        wait = self._limits.wait_seconds(webhook, time.monotonic())
        if wait > _LONGEST_WAIT:
            raise NotNow("the rate limit is used up", seconds=wait)
        await asyncio.sleep(wait)
        sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        answer = await request(self._session, method, str(url), data=orjson.dumps(body), headers=sent)
        if answer.status == _TOO_MANY:
            raise self._too_fast(webhook, answer)
        self._limits.answered(webhook, answer.headers, time.monotonic())
        if answer.status < _OK:
            return answer
        raise _fault(answer)

    def _too_fast(self, webhook: str, answer: Answer) -> NotNow:
        is_global = bool(_json(answer).get("global")) or GLOBAL in answer.headers
        seconds = _retry_after(answer)
        self._limits.refused(webhook, seconds, time.monotonic(), is_global=is_global)
        return NotNow("429: too many requests", answer.status, seconds)


def _body(embeds: Sequence[Embed]) -> dict[str, Any]:
    """Whatever a text says, nobody is mentioned."""
    return {"embeds": list(embeds), "allowed_mentions": {"parse": []}}


def _url(destination: Destination, display: TargetDisplay) -> URL:
    url = URL(destination.url, encoded=True)
    return url.update_query(thread_id=display.thread_id) if display.thread_id else url


def _fault(answer: Answer) -> Gone | MessageGone | TryLater | Refused:
    message = f"{answer.status}: {_said(answer)}"
    match answer.status:
        case code if code == _NOT_FOUND and _json(answer).get("code") == _UNKNOWN_MESSAGE:
            return MessageGone(message, answer.status)
        case code if code in {_UNAUTHORIZED, _NOT_FOUND}:
            return Gone(message, answer.status)
        case code if code >= _ERRORS or code < 400 or code in {_TIMEOUT, _FORBIDDEN}:  # noqa: PLR2004 - a redirect
            return TryLater(message, answer.status)
        case _:
            return Refused(message, answer.status)


def _json(answer: Answer) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _member(answer: Answer, name: str) -> str | None:
    value = _json(answer).get(name)
    return value if isinstance(value, str) else None


def _said(answer: Answer) -> str:
    """Discord's own words, short and in one line."""
    return " ".join((_member(answer, "message") or "no reason given").split())[:200]


def _retry_after(answer: Answer) -> float:
    """A float of seconds in the body; the header has whole ones."""
    for value in (_json(answer).get("retry_after"), answer.headers.get("Retry-After")):
        with suppress(TypeError, ValueError):
            return max(0.0, float(value or ""))
    return 1.0
