"""Where people are signed in: the bucket `sessions`, held in memory by every console and written by each.

A cookie holds a random token, the bucket its SHA-256: who reads the bucket cannot sign in with it.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson
from nats.aio.msg import Msg

from banstream_console.problems.exceptions import Away
from banstream_contracts import streams, subjects
from banstream_contracts.accounts import AccountEntry, SessionEntry
from banstream_contracts.headers import EXPECTED_SUBJECT_SEQUENCE
from banstream_edge import errors
from banstream_edge.bus import Bus

_BUCKET, _STREAM = streams.SESSIONS_BUCKET, f"KV_{streams.SESSIONS_BUCKET}"
_AWAY = "sessions cannot be read or written right now"
_ASK_SECONDS = 2.0
_TOKEN_BYTES = 32
_LONGEST_AGENT = 200
_TOUCH_SECONDS = 60
_REMOVED = {"KV-Operation": "DEL"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: at most since it began, and since it was last used."""

    absolute: timedelta
    idle: timedelta

    def is_over(self, session: SessionEntry, account: AccountEntry | None, now: datetime) -> bool:
        """Whether a session lets nobody in any more."""
        return (
            account is None
            or account.disabled
            or session.created_at < account.sessions_since
            or session.password not in {None, _mark(account.password)}
            or now - session.created_at > self.absolute
            or now - session.seen_at > self.idle
        )


class Sessions:
    """The sink of the bucket's watch, and its writer. Keys are those of the bucket."""

    is_behind = False

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._held: dict[str, SessionEntry] = {}
        self._seen: set[str] = set()

    def get(self, key: str) -> SessionEntry | None:
        """One session, whether it is over or not."""
        return self._held.get(key)

    def of(self, account_id: str) -> list[tuple[str, SessionEntry]]:
        """Those of an account with their keys, the last used first."""
        own = [(key, session) for key, session in self._held.items() if session.account_id == account_id]
        return sorted(own, key=lambda each: each[1].seen_at, reverse=True)

    async def begin_session(self, account_id: str, agent: str, now: datetime, password: str | None) -> str:
        """A new one, as long as the sealed password stays; returns its token. Raises Away."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        agent = "".join(character for character in agent if character.isprintable())[:_LONGEST_AGENT]
        session = SessionEntry(
            account_id=account_id, created_at=now, seen_at=now, agent=agent, password=_mark(password)
        )
        await self._put(key_of(token), session, {})
        return token

    async def touch(self, key: str, now: datetime) -> None:
        """It is used now; written once a minute at most, and never after another process has ended it. Raises Away."""
        session = self._held.get(key)
        if session is None or (now - session.seen_at).total_seconds() < _TOUCH_SECONDS:
            return
        present = await self._ask(f"$JS.API.DIRECT.GET.{_STREAM}.{subjects.entry(_BUCKET, key)}", b"", {})
        named = present.headers or {}
        if "Status" in named or "KV-Operation" in named:
            self._held.pop(key, None)
            return
        await self._put(
            key, session.model_copy(update={"seen_at": now}), {EXPECTED_SUBJECT_SEQUENCE: named["Nats-Sequence"]}
        )

    async def end(self, keys: Iterable[str]) -> None:
        """These are over, everywhere. Raises Away."""
        for key in keys:
            await self._write(key, b"", _REMOVED)
            self._held.pop(key, None)

    def begin(self) -> None:
        """See the watch's Sink."""
        self._seen = set()

    def apply(self, key: str, value: bytes | None) -> None:
        """See the watch's Sink. Raises ValueError."""
        if value is None:
            self._held.pop(key, None)
            return
        self._held[key] = SessionEntry.model_validate_json(value)
        self._seen.add(key)

    def complete(self) -> None:
        """See the watch's Sink: what the bucket does not name is over."""
        for key in self._held.keys() - self._seen:
            del self._held[key]

    async def _put(self, key: str, session: SessionEntry, sent: dict[str, str]) -> None:
        await self._write(key, session.model_dump_json().encode(), sent)
        self._held[key] = session
        self._seen.add(key)

    async def _write(self, key: str, value: bytes, sent: dict[str, str]) -> None:
        reply = await self._ask(subjects.entry(_BUCKET, key), value, sent)
        if "error" in orjson.loads(reply.data):
            raise Away(_AWAY)

    async def _ask(self, subject: str, value: bytes, sent: dict[str, str]) -> Msg:
        try:
            return await self._bus.ask(subject, value, sent, _ASK_SECONDS)
        except (errors.Unavailable, errors.TooLarge) as error:
            raise Away(_AWAY) from error


def key_of(token: str) -> str:
    """Where the session of a cookie is kept; bytes that are no text are nobody's."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _mark(password: str | None) -> str:
    """What tells a sealed password from another one."""
    return sha256((password or "").encode()).hexdigest()
