"""The gateway over HTTP: every write is safe to repeat, and is repeated a few times."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from yarl import URL

from banstream_cli.settings import Gateway, Settings
from banstream_cli.terminal.exits import AnswerIsNo, Invalid, Stuck, Trouble

_PAUSES = (0.2, 0.4, 0.8)
_LONGEST_PAUSE = 2.0
_ATTEMPT_SECONDS = 8.0
"""The gateway itself answers within five: it waits for NATS and for the result of a command."""

_TOTAL_SECONDS = 10.0
_PATIENT_SECONDS = 60.0
"""What comes a page at a time takes minutes, and outlasts a restart of what the gateway asks."""

_PASSING = {429, 502, 503, 504}
_ACCEPTED, _FIRST_ERROR = 202, 400
_NOES = {
    *("not-in-force", "not-lifted", "ended", "other-server", "invalid-change", "changed-here", "credential-revoked"),
    *("failed", "policy-changed", "server-taken", "invalid-policy", "incident-refused"),
    *("invalid-target", "unreadable-target", "target-stopped"),
    *("invalid-log-source", "unreadable-log-source"),
    *("invalid-ban-file", "unreadable-ban-file", "ban-file-stopped"),
    *("request-decided", "still-restricted", "restricted-meanwhile", "tier-changed", "infraction-changed"),
    *("appeal-open", "appeal-decided", "appeal-full", "own-infraction"),
    *("insufficient-rights", "immune", "blocked", "no-open-call", "cooling-down"),
    *("account-exists", "account-disabled", "not-joined", "last-owner", "invalid-invitation", "invalid-recovery-code"),
}
_UNKNOWN = "unknown-"
_PROBLEM = "urn:banstream:problem:"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway said; `is_accepted` means stored durably, outcome not known yet."""

    status: int
    content: dict[str, Any]
    key: str | None
    retry_after: float = 0.0
    stale_seconds: float = 0.0
    """How long the gateway has not heard of NATS; it answers from memory meanwhile."""

    tried_for_seconds: float = 0.0
    """How long it had been tried before: what went unanswered may have been done as well."""

    @property
    def is_accepted(self) -> bool:
        """202."""
        return self.status == _ACCEPTED


class Api:
    """One gateway and one token. Every method raises Trouble in place of an answer that is none."""

    def __init__(self, session: aiohttp.ClientSession, gateway: Gateway) -> None:
        self._session = session
        self._gateway = gateway
        self._has_answered = False

    async def get(self, path: str, **query: str | None) -> dict[str, Any]:
        """Read; parameters that are None are left out."""
        return (await self.read(path, **query)).content

    async def read(self, path: str, **query: str | None) -> Answer:
        """The same, with what the headers say."""
        known = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", path, query=known)

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        """Write once, however often it has to be tried: each try carries the same Idempotency-Key.

        `if_match` is the version that the write replaces, and no other.
        """
        return await self._ask(method, path, body=body, key=key or str(uuid4()), if_match=if_match)

    async def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """Write what may be told any number of times, since all in it has an id of its own.

        Where one was answered before, a gateway that says "not now" is asked for a minute.
        """
        began = time.monotonic()
        patient_until, tried_for = began + _PATIENT_SECONDS * self._has_answered, 0.0
        while True:
            answer = await self._answer("POST", path, body=body, tried_for=tried_for)
            tried_for = time.monotonic() - began
            if answer.status not in _PASSING or began + tried_for >= patient_until:
                self._has_answered = True
                return _checked(answer)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        key: str | None = None,
        if_match: str | None = None,
    ) -> Answer:
        return _checked(await self._answer(method, path, query=query, body=body, key=key, if_match=if_match))

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        key: str | None = None,
        if_match: str | None = None,
        tried_for: float = 0.0,
    ) -> Answer:
        """Also one that says "not now", after some tries."""
        sent = {"Idempotency-Key": key, "If-Match": if_match}
        headers = {name: value for name, value in sent.items() if value is not None}
        url = URL(f"{self._gateway.url}{path}", encoded=True).with_query(query or None)
        began = time.monotonic() - tried_for
        give_up_at = time.monotonic() + _TOTAL_SECONDS
        for pause in _PAUSES:
            try:
                answer = await self._try(method, url, body, headers, tried_for)
            except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
                raise  # trying again does not mend it
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if time.monotonic() > give_up_at:
                    raise self._unreachable(error, key) from error
                await asyncio.sleep(pause)
            else:
                if answer.status not in _PASSING:
                    return answer
                await asyncio.sleep(max(pause, min(answer.retry_after, _LONGEST_PAUSE)))
            tried_for = time.monotonic() - began
        try:
            return await self._try(method, url, body, headers, tried_for)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error, key) from error

    async def _try(
        self, method: str, url: URL, body: Mapping[str, object] | None, headers: Mapping[str, str], tried_for: float
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self._gateway.token}", **headers}
        async with self._session.request(method, url, json=body, headers=sent, allow_redirects=False) as response:
            key = headers.get("Idempotency-Key")
            return Answer(response.status, await _object(response), key, *_seconds(response.headers), tried_for)

    def _unreachable(self, error: BaseException, key: str | None) -> Stuck:
        why = str(error) or type(error).__name__
        repeat = f"; it may have been stored all the same: repeating it with --key {key} is safe" if key else ""
        return Stuck(
            f"{self._gateway.url} cannot be reached ({why}): is it running, and is BANSTREAM_URL right?{repeat}"
        )


@asynccontextmanager
async def open_api(settings: Settings, attempt_seconds: float = _ATTEMPT_SECONDS) -> AsyncIterator[Api]:
    """A session; proxies of the environment are not used."""
    gateway = settings.gateway()
    timeout = aiohttp.ClientTimeout(total=attempt_seconds, connect=3)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield Api(session, gateway)
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        raise Stuck(f"{gateway.url!r} is no URL of a gateway ({error}): set BANSTREAM_URL") from error


def path(*segments: str) -> str:
    """A path of segments that may hold anything; `.` and `..` stay segments."""
    return "".join(f"/{_segment(segment)}" for segment in segments)


def _segment(text: str) -> str:
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")


async def _object(response: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        content = await response.json(content_type=None)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    if response.status in _PASSING:
        return {}
    raise Stuck(f"{response.url.origin()} answers {response.status} without JSON: is BANSTREAM_URL a gateway's?")


def _seconds(headers: Mapping[str, str]) -> tuple[float, float]:
    texts = (headers.get(name, "") for name in ("Retry-After", "Banstream-Stale-Seconds"))
    retry_after, stale = (float(text) if text.isdecimal() and text.isascii() else 0.0 for text in texts)
    return retry_after, stale


def _checked(answer: Answer) -> Answer:
    if answer.status < _FIRST_ERROR:
        return answer
    raise _trouble(answer)


def _trouble(answer: Answer) -> Trouble:
    said = _said(answer)
    slug = str(answer.content.get("type", "")).removeprefix(_PROBLEM)
    if slug == "failed":
        return AnswerIsNo(f"{said}; see `banstream dead list`")
    if slug in _NOES or slug.startswith(_UNKNOWN):
        return AnswerIsNo(said)
    match answer.status:
        case 401:
            return Stuck(f"{said}: set BANSTREAM_TOKEN to a token that is neither revoked nor expired")
        case 403:
            return Stuck(f"{said}: set BANSTREAM_TOKEN to a token with the scope for it")
        case 422:
            return Invalid(said, {str(error.get("field")): str(error.get("message")) for error in _errors(answer)})
        case status if status in _PASSING:
            return Stuck(f"{said}; try again later{f' with --key {answer.key}' if answer.key else ''}")
        case _:
            return Stuck(said)


def _said(answer: Answer) -> str:
    """Title, detail and fields of the problem in one line."""
    content = answer.content
    fields = "; ".join(f"{error.get('field')}: {error.get('message')}" for error in _errors(answer))
    parts = (str(content.get("title") or f"the gateway answers {answer.status}"), content.get("detail"), fields)
    return ": ".join(str(part).rstrip(".") for part in parts if part)


def _errors(answer: Answer) -> list[dict[str, Any]]:
    return [error for error in answer.content.get("errors") or () if isinstance(error, dict)]
