"""Keeps the bans in step with infractions: loaded as a whole at the start, then by its events.

A load that is not whole changes nothing: a list that shrank because a question failed would unban everybody.
Events only say what to ask for; what is kept is always what infractions answers.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import Gauge

from banstream_contracts import headers, streams, subjects
from banstream_contracts.queries.ban_files import BansFound
from banstream_contracts.streams import ConsumerSpec
from banstream_decider import event_consumers
from banstream_decider.leader import PASSING
from banstream_decider.turns import pause_after
from banstream_event_log.postgres import TRANSIENT
from banstream_ftp_sync import asking
from banstream_ftp_sync.asking import NotKnown
from banstream_ftp_sync.bans import Ban, Loaded, ban_of
from banstream_ftp_sync.ledger import Ledger
from banstream_runtime.pull import BatchPull, PullInterrupted
from banstream_runtime.streams import delete_consumer
from banstream_runtime.tasks import heed_cancellation

SUBJECTS = (
    subjects.INFRACTION_EVENTS,
    subjects.event("abuse.protected", "*"),
    subjects.event("abuse.unprotected", "*"),
)
"""What may change a ban file."""

_SPEC = ConsumerSpec(streams.EVENTS, streams.FTP_SYNC, "", ack_wait=120.0, max_ack_pending=2000)
_BATCH = 500
_GATHER_SECONDS = 0.1
"""Between one question and the next: one for each of many bans would cost as much as all else that is done for them."""
_LONGEST_PAUSE = 5.0
_RESEAL_SECONDS = 60.0
"""Between two loads for the sake of sealings: where our key is wrong for good, each of them is for nothing."""

logger = structlog.stdlib.get_logger(__name__)


NOT_OPENED = Gauge(
    "banstream_ftp_sync_addresses_not_opened",
    "Bans in force whose address infractions cannot open: ban files keep it as it is",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A sequence of an EVENTS that was made at `made`."""

    made: str
    sequence: int


class Following:
    """The bans of one turn. `woken` is called when a load has found something that no event had told."""

    def __init__(self, client: Client, ledger: Ledger, check_seconds: float, woken: Callable[[], None]) -> None:
        self._client = client
        self._ledger = ledger
        self._check_seconds = check_seconds
        self._woken = woken
        self._reached: Place | None = None
        self._moved = asyncio.Condition()
        self._trouble = "the bans are not loaded yet"
        self._check_at = 0.0
        self._told = 0
        self._unreadable: set[str] = set()
        self._is_sealing_old = False
        self._reseal_at = 0.0

    async def wait_for(self, place: Place | None, seconds: float) -> None:
        """Until the bans are whole and as new as a place on EVENTS. Raises NotKnown that says what is in the way."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._has_reached(place))
        except TimeoutError:
            raise NotKnown(self._trouble) from None

    def seal_anew(self) -> None:
        """An address that is held does not open: the next load puts what infractions seals now.

        It comes within seconds, or a minute after the last one that was for this.
        """
        self._is_sealing_old = True

    async def reached(self) -> Place:
        """How new the bans are; waits until they are loaded."""
        async with self._moved:
            while self._reached is None:
                await self._moved.wait()
            return self._reached

    async def run(self) -> None:
        """Follow for ever. Raises what concerns everything: Postgres away."""
        failures = 0
        while True:
            heed_cancellation()
            try:
                await self._follow()
            except TRANSIENT:
                raise
            except (NotKnown, *PASSING) as error:
                failures += 1
                self._trouble = str(error) or type(error).__name__
                logger.warning("bans_not_followed", error=self._trouble)
            if self._check_at:  # it had been loaded
                failures, self._check_at = 1, 0.0
            await asyncio.sleep(pause_after(failures, _LONGEST_PAUSE))

    def _has_reached(self, place: Place | None) -> bool:
        if self._reached is None:
            return False
        return place is None or (place.made == self._reached.made and place.sequence <= self._reached.sequence)

    async def _follow(self) -> None:
        now = await event_consumers.events_now(self._client)
        await delete_consumer(self._client, _SPEC)
        await event_consumers.create(self._client, _SPEC, SUBJECTS, event_consumers.behind(now.last))
        await self._load()
        await self._reach(Place(now.made, now.last))
        expected = 1
        async with BatchPull(self._client, _SPEC, _BATCH) as pull:
            while True:
                batch = await pull.next_batch(min(max(self._check_at - time.monotonic(), 0.0), _LONGEST_PAUSE))
                for message in batch:
                    if message.metadata.sequence.consumer != expected:
                        raise PullInterrupted("a message was lost on its way")
                    expected += 1
                if batch:
                    await self._take(batch)
                    await self._reach(Place(now.made, batch[-1].metadata.sequence.stream))
                    for message in batch:
                        await message.ack()
                    await asyncio.sleep(_GATHER_SECONDS)
                due = min(self._check_at, self._reseal_at) if self._is_sealing_old else self._check_at
                if time.monotonic() >= due:
                    await self._load()

    async def _load(self) -> None:
        """All or nothing: nothing is changed before the last page is here."""
        players = await asking.all_protected(self._client)
        position, found, unreadable = 0, list[Ban](), set[str]()
        async for page in asking.all_bans(self._client):
            await self._check(page)
            position = max(position, page.position)
            found += _bans(page)
            unreadable.update(page.unreadable)
        loaded = Loaded(found, players, position, unreadable, resealed=self._is_sealing_old)
        changed = await self._ledger.load(loaded, datetime.now(UTC))
        if self._is_sealing_old:
            self._is_sealing_old, self._reseal_at = False, time.monotonic() + _RESEAL_SECONDS
        self._tell_unreadable(unreadable)
        self._trouble = "the bans are being brought up to date"
        self._check_at = time.monotonic() + self._check_seconds
        if changed:
            logger.info("bans_loaded", bans=len(found), changed=changed)
            self._woken()

    async def _take(self, batch: Sequence[Msg]) -> None:
        """Ask what has become of the infractions that events are about."""
        bodies = [_body(message) for message in batch]
        ids = list(dict.fromkeys(str(body["infraction_id"]) for body in bodies if "infraction_id" in body))
        if any("infraction_id" not in body for body in bodies):
            await self._ledger.protect(await asking.all_protected(self._client))
        if not ids:
            return
        self._told = max(self._told, *(_position(message) for message in batch))
        pages = await asking.bans_of(self._client, ids)
        for page in pages:
            await self._check(page)
        bans = [ban for page in pages for ban in _bans(page)]
        over = set(ids) - {ban.infraction_id for ban in bans}
        unreadable = {each for page in pages for each in page.unreadable}
        await self._ledger.update(bans, over, max(page.position for page in pages), unreadable)
        self._tell_unreadable((self._unreadable - set(ids)) | (unreadable - over))

    def _tell_unreadable(self, unreadable: set[str]) -> None:
        if unreadable - self._unreadable:
            logger.error("addresses_not_opened", bans=len(unreadable))
        self._unreadable = unreadable
        NOT_OPENED.set(len(unreadable))

    async def _check(self, page: BansFound) -> None:
        """A log that went back is another one, or an old copy: what it lacks was not lifted.

        Nor is an answer the one that an event tells of, in a whole load either, that is from before it.
        """
        if page.position < self._told:
            raise NotKnown("infractions answered from before its own event")
        furthest = await self._ledger.furthest()
        if page.position < furthest:
            raise NotKnown(f"infractions' log ends at {page.position} and was at {furthest} before: is it a copy?")

    async def _reach(self, place: Place) -> None:
        async with self._moved:
            self._reached = place
            self._moved.notify_all()


def _bans(page: BansFound) -> list[Ban]:
    now = datetime.now(UTC)
    return [ban for each in page.items if (ban := ban_of(each, now))]


def _body(message: Msg) -> dict[str, object]:
    try:
        body = orjson.loads(message.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _position(message: Msg) -> int:
    """Of infractions' log, where it is an event of that."""
    told = message.headers or {}
    position = told.get(headers.EVENT_POSITION, "")
    return int(position) if told.get(headers.EVENT_SOURCE) == headers.SOURCE_INFRACTIONS and position.isdecimal() else 0
