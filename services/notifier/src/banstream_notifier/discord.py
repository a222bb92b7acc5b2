"""Discord's webhooks: send a message, change a message (facts dayz-bans-discord 4)."""

import asyncio
import re
import time
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import aiohttp
import orjson
import structlog
from yarl import URL

from banstream_contracts.notifier_targets import TargetDisplay
from banstream_contracts.text import blank_control_characters
from banstream_notifier.destinations import Destination
from banstream_notifier.outcomes import (
    Gone,
    MessageGone,
    NotNow,
    OldEditsLimited,
    Refused,
    Sent,
    ThreadArchived,
    TryLater,
)
from banstream_notifier.outside import Answer, request
from banstream_notifier.rate_limits import GLOBAL, LONGEST_ASKED, RateLimits
from banstream_notifier.rendering.render import Embed
from banstream_privacy.visible import clean

USER_AGENT = "DiscordBot (banstream, 0.1.0)"
_UNKNOWN_MESSAGE, _OLD_EDITS, _THREAD_ARCHIVED = 10008, 30046, 50083
_NEW_URL = "give the target the URL of a new webhook, then resume it"
_REMEDIES = {
    10003: "the thread or channel was deleted; give the target another thread or none, then resume it",
    10015: _NEW_URL,
    50027: _NEW_URL,
}
_CLOSED = "open the thread again, or give the target another thread or none"
_OF_DISCORD = "a web page and no answer of Discord: something on the way answers in its place"
_OF_REDIRECT = "it leads elsewhere, where nothing is sent; give the target the URL where it is now"
_NAME = "username"
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ERRORS_DEPTH = 8
_LONGEST_WAIT = 5.0
_OLD_EDITS_SECONDS = 10.0
"""Where Discord does not say how long old messages are not changed. It takes three changes in six seconds."""
_OK, _BAD, _UNAUTHORIZED, _NOT_FOUND, _TOO_LARGE, _TOO_MANY = 300, 400, 401, 404, 413, 429

logger = structlog.stdlib.get_logger(__name__)


class Discord:
    """One for all webhooks, since their rate limits meet in a global one."""

    def __init__(self, session: aiohttp.ClientSession, limits: RateLimits) -> None:
        self._session = session
        self._limits = limits
        self._refused_names: set[str] = set()

    async def until_free(self, destination: Destination) -> None:
        """Wait for the end of a rate limit that is near; whoever sends is told of one that lasts longer."""
        wait = self._limits.wait_seconds(_webhook(destination), time.monotonic())
        if wait <= _LONGEST_WAIT:
            await asyncio.sleep(wait)

    def old_edits_wait_seconds(self, destination: Destination) -> float:
        """How long Discord takes no changes of messages that are older than an hour."""
        return self._limits.old_edits_wait_seconds(_webhook(destination), time.monotonic())

    async def send(self, destination: Destination, embeds: Sequence[Embed], display: TargetDisplay) -> Sent:
        """A new message; under the webhook's own name where Discord refuses the one asked for. Raises NotSent."""
        body = _body(embeds)
        name = clean(display.username or "")
        if name and name not in self._refused_names:
            body[_NAME] = name
        url = _url(destination, display).update_query(wait="true")
        try:
            answer = await self._request("POST", destination, url, body)
        except (ThreadArchived, MessageGone) as fault:
            raise TryLater(f"{fault}; {_CLOSED}", fault.answer) from None
        except Refused as refused:
            if _NAME not in body or _NAME not in refused.parts:
                raise
            logger.warning("sender_name_refused", error=str(refused))
            self._refused_names.add(body.pop(_NAME))
            answer = await self._request("POST", destination, url, body)
        message_id = _member(answer, "id") or ""
        return Sent(answer.status, message_id if _MESSAGE_ID.fullmatch(message_id) else None)

    async def change(
        self, destination: Destination, message_id: str, embeds: Sequence[Embed], display: TargetDisplay
    ) -> Sent:
        """Show other embeds in a message. Raises NotSent; MessageGone or ThreadArchived where it will not change."""
        url = _url(destination, display)
        url = url.with_path(f"{url.path.rstrip('/')}/messages/{message_id}").with_query(url.query)
        answer = await self._request("PATCH", destination, url, _body(embeds))
        return Sent(answer.status, message_id)

    async def _request(self, method: str, destination: Destination, url: URL, body: dict[str, Any]) -> Answer:
        webhook = _webhook(destination)
        wait = self._limits.wait_seconds(webhook, time.monotonic())
        if wait > _LONGEST_WAIT:
            raise NotNow("the rate limit is used up", seconds=wait)
        await asyncio.sleep(wait)
        sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        answer = await request(self._session, method, str(url), data=orjson.dumps(body), headers=sent)
        if answer.status == _TOO_MANY:
            raise self._too_fast(webhook, answer)
        self._limits.answered(webhook, answer.headers, time.monotonic())
        if answer.status < _OK and not _is_page(answer):
            return answer
        raise _fault(answer)

    def _too_fast(self, webhook: str, answer: Answer) -> TryLater:
        """Who does not say how long to wait is left to our own pauses, which grow."""
        is_global = bool(_json(answer).get("global")) or GLOBAL in answer.headers
        seconds = _retry_after(answer)
        if _json(answer).get("code") == _OLD_EDITS:
            seconds = seconds or _OLD_EDITS_SECONDS
            self._limits.old_edits_refused(webhook, seconds, time.monotonic())
            return OldEditsLimited("429: too many changes of messages older than an hour", answer.status, seconds)
        if seconds is None:
            return TryLater("429: too many requests, and no word of how long to wait", answer.status)
        self._limits.refused(webhook, seconds, time.monotonic(), is_global=is_global)
        return NotNow("429: too many requests", answer.status, seconds)


def _webhook(destination: Destination) -> str:
    return destination.url.partition("?")[0]


def _body(embeds: Sequence[Embed]) -> dict[str, Any]:
    """Whatever a text says, nobody is mentioned."""
    return {"embeds": list(embeds), "allowed_mentions": {"parse": []}}


def _url(destination: Destination, display: TargetDisplay) -> URL:
    url = URL(destination.url, encoded=True)
    return url.update_query(thread_id=display.thread_id) if display.thread_id else url


def _fault(answer: Answer) -> Gone | MessageGone | TryLater | Refused:
    """Only what Discord itself said is final: it answers in JSON, and whoever stands in between with a page."""
    said = _json(answer)
    code = said.get("code")
    message = f"{answer.status}: {_said(answer)}"
    if _is_page(answer):
        return TryLater(f"{answer.status}: {_OF_DISCORD}", answer.status)
    match answer.status:
        case status if _OK <= status < _BAD:
            return TryLater(f"{status}: {_OF_REDIRECT}", status)
        case status if status == _NOT_FOUND and code == _UNKNOWN_MESSAGE:
            return MessageGone(message, status)
        case status if status in {_UNAUTHORIZED, _NOT_FOUND}:
            remedy = _REMEDIES.get(code) if isinstance(code, int) else None
            return Gone(f"{message}; {remedy}" if remedy else message, status)
        case status if status not in {_BAD, _TOO_LARGE} or not said:
            return TryLater(message, status)
        case status if code == _THREAD_ARCHIVED:
            return ThreadArchived(message, status)
        case status:
            errors = said.get("errors")
            return Refused(message, status, errors if isinstance(errors, dict) else ())


def _is_page(answer: Answer) -> bool:
    return answer.body.removeprefix(BOM_UTF8).lstrip().startswith(b"<")


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
    """Its own words, short and in one line; of what it refuses also which part is wrong, and how."""
    wrong = ", ".join(_wrong(_json(answer).get("errors")))
    said = ": ".join(filter(None, (_member(answer, "message") or "no reason given", wrong)))
    return " ".join(blank_control_characters(said).split())[:200]


def _wrong(errors: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Discord nests them as the body is nested."""
    if not isinstance(errors, dict) or len(path) > _ERRORS_DEPTH:
        return
    for name, inner in errors.items():
        if name == "_errors" and isinstance(inner, list):
            said = (each.get("message") for each in inner if isinstance(each, dict))
            yield from (f"{'.'.join(path)}: {each}" for each in said if isinstance(each, str))
        else:
            yield from _wrong(inner, (*path, name))


def _retry_after(answer: Answer) -> float | None:
    """A float of seconds in the body; the header has whole ones. Nobody is believed who asks for more than an hour."""
    for value in (_json(answer).get("retry_after"), answer.headers.get("Retry-After")):
        with suppress(TypeError, ValueError):
            if (seconds := float(value or "")) > 0:
                return min(seconds, LONGEST_ASKED)
    return None
