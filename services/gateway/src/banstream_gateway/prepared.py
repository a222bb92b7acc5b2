"""A long answer that is made ahead: packed, with its ETag, and made anew when what it is made of has changed."""

import asyncio
import gzip
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import structlog
from aiohttp import web

from banstream_edge.bucket_watch import BucketWatch
from banstream_gateway.answers import JSON
from banstream_gateway.held.ban_list import BanList, ListedBan

logger = structlog.stdlib.get_logger(__name__)

_RULED_OUT = re.compile(r"q=0(\.0*)?")
"""The weight in `Accept-Encoding` of what a client does not take (RFC 9110, 12.5.3)."""

_LEVEL = 3
_PAUSE_SECONDS = 0.05
_IDLE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Written:
    """A list as it is sent. `content` is what the ETag stands for: two gateways agree on it."""

    body: bytes
    content: bytes


Write = Callable[[Sequence[ListedBan], datetime], Written]
"""Writes the bans, with the time that the list is of. Pure."""


@dataclass(frozen=True, slots=True)
class Ready:
    """One list, ready to be sent, as of `made_at`; `ends_at` is when a ban in it ends, or an address."""

    version: int
    body: bytes
    packed: bytes
    etag: str
    made_at: datetime
    ends_at: datetime | None


@dataclass(slots=True)
class _View:
    """What one kind of asker sees, and when it was asked for last."""

    asked_at: float
    ready: Ready | None = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)


class PreparedList:
    """The list of each view, made in a thread so that checks go on meanwhile.

    Who asks gets what is ready, at most a moment old; only after a write of this process, or the end of a ban, the
    answer waits for the new list. Without a `watch`, and until it has brought a whole list once, there is none.
    """

    def __init__(self, bans: BanList, watch: BucketWatch | None, write: Write) -> None:
        self.bans = bans
        self.watches = (watch,) if watch else ()
        self._write = write
        self._views: dict[str | None, _View] = {}

    @property
    def is_known(self) -> bool:
        """Whether there is a list: an empty one is never made up."""
        return any(self.bans.is_known(is_loaded=watch.is_loaded) for watch in self.watches)

    async def run(self) -> None:
        """Make the lists that somebody reads anew after each change, until cancelled."""
        while True:
            await self.bans.changed.wait()
            self.bans.changed.clear()
            await asyncio.sleep(_PAUSE_SECONDS)
            self._forget_idle()
            for server_id, view in list(self._views.items()):
                try:
                    await self._make(server_id, view)
                except Exception:
                    logger.exception("list_not_made")

    async def answer(self, request: web.Request, server_id: str | None, headers: dict[str, str]) -> web.Response:
        """The list as a server sees it: whole, packed, or 304 for a client that has it."""
        ready = await self._ready(self.bans.view(server_id))
        described = {**headers, "ETag": ready.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == ready.etag:
            return web.Response(status=304, headers=described)
        if _takes_gzip(request.headers.get("Accept-Encoding", "")):
            described["Content-Encoding"] = "gzip"
            return web.Response(body=ready.packed, content_type=JSON, headers=described)
        return web.Response(body=ready.body, content_type=JSON, headers=described)

    async def _ready(self, server_id: str | None) -> Ready:
        view = self._views.setdefault(server_id, _View(0.0))
        view.asked_at = time.monotonic()
        ready = view.ready
        if ready is None or ready.version < self.bans.own_version or _has_ended(ready):
            return await self._make(server_id, view)
        return ready

    async def _make(self, server_id: str | None, view: _View) -> Ready:
        async with view.making:
            ready, version = view.ready, self.bans.version
            if ready is None or ready.version != version or _has_ended(ready):
                bans = self.bans.seen_by(server_id)
                ready = view.ready = await asyncio.to_thread(_made, version, bans, self._write, datetime.now(UTC))
            return ready

    def _forget_idle(self) -> None:
        oldest = time.monotonic() - _IDLE_SECONDS
        self._views = {server_id: view for server_id, view in self._views.items() if view.asked_at > oldest}


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() in {"gzip", "x-gzip"} and not _RULED_OUT.fullmatch(weight.strip()):
            return True
    return False


def _made(version: int, bans: Sequence[ListedBan], write: Write, now: datetime) -> Ready:
    in_force = [ban.at(now) for ban in bans if ban.expires_at is None or ban.expires_at > now]
    ends = [end for ban in in_force for end in (ban.expires_at, ban.address and ban.address_expires_at) if end]
    written = write(in_force, now)
    return Ready(
        version,
        written.body,
        gzip.compress(written.body, _LEVEL, mtime=0),
        f'W/"{sha256(written.content).hexdigest()[:32]}"',
        now,
        min(ends, default=None),
    )


def _has_ended(ready: Ready) -> bool:
    """A list of a clock that has been set back since lacks what had ended by that clock alone."""
    now = datetime.now(UTC)
    return now < ready.made_at or (ready.ends_at is not None and ready.ends_at <= now)
