"""What clients read of the ring: pages behind a cursor, and waiting for them."""

from asyncio import get_running_loop, sleep
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from banstream_contracts.infractions import Credential
from banstream_gateway.appeal_invitations import AppealInvitations
from banstream_gateway.feed.bell import Bell, Seats
from banstream_gateway.feed.push_source import PushSource
from banstream_gateway.feed.push_views import PushViews
from banstream_gateway.feed.ring import Cursor, Expired, Page, Ring, parsed
from banstream_gateway.held.credentials import Credentials
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.problems import CursorExpired, Malformed, Unauthorized, Unavailable

SNAPSHOT = "/v1/feed/snapshot"
PAGE_LENGTH = 100

_GLANCE_SECONDS = 2.0
"""How often who waits looks whether the credential still holds and the connection is there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long connections stay silent, and how long a client may take for what is sent to it."""

    heartbeat_seconds: float
    send_seconds: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and as which server; None sees what is for all. `is_gone`: whether the connection was lost.

    `snapshot` is where who loses the place reads the state.
    """

    credential: Credential
    server_id: str | None
    is_gone: Callable[[], bool]
    snapshot: str = SNAPSHOT


@dataclass(frozen=True, slots=True)
class Lost:
    """The cursor was good for nothing; it goes on from this one."""

    cursor: Cursor


class PushFeed:
    """Hands out what the ring holds. Each client keeps its own place: nothing is queued for it here."""

    def __init__(
        self,
        ring: Ring,
        restrictions: Restrictions,
        credentials: Credentials,
        *,
        retention_seconds: float,
        seats: Seats,
        limits: Limits,
        are_restrictions_loaded: Callable[[], bool],
        appeals: AppealInvitations | None = None,
    ) -> None:
        self.ring = ring
        self.seats = seats
        self.limits = limits
        self.restrictions = restrictions
        self.views = PushViews(restrictions, appeals)
        self.is_closing = False
        self._bell = Bell()
        self._credentials = credentials
        self._are_restrictions_loaded = are_restrictions_loaded
        self.source = PushSource(
            ring,
            restrictions,
            retention_seconds,
            lambda entry: self._bell.ring(entry.push.server_id if entry else None),
        )

    @property
    def is_loaded(self) -> bool:
        """Whether the ring and what restricts players are known."""
        return self.source.is_loaded and self._are_restrictions_loaded()

    def close(self) -> None:
        """Everybody who waits is answered now; nobody waits from here on."""
        self.is_closing = True
        self._bell.ring()

    def now(self) -> Cursor:
        """The cursor behind everything so far. Raises Unavailable."""
        if not self.is_loaded:
            raise Unavailable("The feed is not loaded yet.")
        return self.ring.cursor

    async def find(self, text: str | None, reader: Reader, field: str = "query.cursor") -> Cursor:
        """The cursor that a client sent, in `field` of its request; now, where it sent none.

        Raises Malformed, Unavailable, or CursorExpired for one that nothing can be read behind. One ahead of this
        process came from another gateway, unless the stream itself has not got that far.
        """
        if text is None:
            return self.now()
        try:
            cursor = parsed(text)
        except ValueError:
            found = [{"field": field, "message": "this is none of our cursors"}]
            raise Malformed("The cursor cannot be read.", errors=found) from None
        self.page(cursor, reader, 1)
        if cursor.sequence > self.now().sequence:
            last = await self.source.last_sequence()
            if last is not None and cursor.sequence > last:
                raise self._expired(reader)
        return cursor

    def page(self, cursor: Cursor, reader: Reader, limit: int) -> Page:
        """What is there behind a cursor. Raises CursorExpired or Unavailable."""
        self.now()
        try:
            return self.ring.after(cursor, reader.server_id, limit)
        except Expired:
            raise self._expired(reader) from None

    async def next(self, cursor: Cursor, reader: Reader, limit: int, seconds: float) -> Page:
        """The next page, empty when nothing came in time. Raises Unauthorized when the credential ended meanwhile.

        Raises CursorExpired or Unavailable.
        """
        until = get_running_loop().time() + seconds
        while True:
            page = self.page(cursor, reader, limit)
            if not self._credentials.holds(reader.credential):
                raise Unauthorized
            left = until - get_running_loop().time()
            if page.entries or left <= 0 or self.is_closing or reader.is_gone():
                return page
            cursor = page.cursor
            await self._bell.wait(reader.server_id, min(left, _GLANCE_SECONDS))

    async def wait(self, server_id: str | None, seconds: float) -> None:
        """Wait until there may be something new for a server, at most so long."""
        await self._bell.wait(server_id, min(seconds, _GLANCE_SECONDS))

    async def pages(self, cursor: Cursor, reader: Reader) -> AsyncGenerator[Page | Lost, None]:
        """Page after page, an empty one as heartbeat; ends with the credential or with the process."""
        now = get_running_loop().time
        due = now() + self.limits.heartbeat_seconds
        while not (self.is_closing or reader.is_gone()) and self._credentials.holds(reader.credential):
            found = self._look(cursor, reader.server_id)
            if isinstance(found, Page) and not found.entries and now() < due:
                cursor = found.cursor
                await self._bell.wait(reader.server_id, min(due - now(), _GLANCE_SECONDS))
                continue
            yield found
            await sleep(0)  # sending need not wait for anything, and this client may have thousands of pages to read
            cursor, due = found.cursor, now() + self.limits.heartbeat_seconds

    def _expired(self, reader: Reader) -> CursorExpired:
        """What a client is told whose cursor is good for nothing."""
        return CursorExpired(str(self.now()), reader.snapshot)

    def _look(self, cursor: Cursor, server_id: str | None) -> Page | Lost:
        """What is there now; an empty page of the same cursor while it is being loaded again."""
        if not self.is_loaded:
            return Page((), cursor)
        try:
            return self.ring.after(cursor, server_id, PAGE_LENGTH)
        except Expired:
            return Lost(self.ring.cursor)
