"""The sinks that keep KV buckets in step with the log, for gateways to watch."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

import asyncpg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import Error, NotFoundError
from nats.js.kv import KV_DEL, KV_OP

from banstream_contracts import headers, streams
from banstream_contracts.admins import Admin
from banstream_contracts.events.admins import AdminEvent
from banstream_contracts.events.event import Event
from banstream_contracts.events.infractions import CredentialEvent, InfractionEvent
from banstream_contracts.events.networks import NetworkEvent
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Credential
from banstream_contracts.networks import MarkedNetwork, network_key
from banstream_contracts.players import address_token, subject_token
from banstream_contracts.public_events import EVENT_MODELS
from banstream_decider.events import event_of
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent
from banstream_event_log.publishing import OnlyWriter, Outgoing
from banstream_event_log.relay import Seldom
from banstream_infractions.read_models import projection
from banstream_infractions.read_models.standing_documents import standing_document, written

Entry = tuple[str, bytes, dict[str, str]]
"""The key, the value and the headers of what is put into a bucket."""
AnyKind = TypeVar("AnyKind", bound=Event)

_CLEARED = {headers.MESSAGE_TTL: str(streams.CLEARED_TTL_SECONDS)}
_WHOLE: Entry = (streams.FILLING_KEY, b"", {KV_OP: KV_DEL})
_LOOK_SECONDS = 3.0
_LACKING = "lacking"


class Emptied(Error):
    """A bucket does not hold what was put into it."""


class Bucket:
    """One KV bucket with one writer: entries in log order, then the position that they reach.

    Who finds nothing in it takes that for an answer, so while it is filled from the beginning of the log it says so.
    `seldom`: when to tell of a position that brings no entry. `mark` tells of the key that seals entries, `unmarked` is
    that of a bucket without one.
    """

    def __init__(
        self,
        jetstream: JetStreamContext,
        connection: "asyncpg.Connection[asyncpg.Record]",
        name: str,
        seldom: Seldom | None = None,
        *,
        mark: str | None = None,
        unmarked: str | None = None,
    ) -> None:
        self._jetstream = jetstream
        self._connection = connection
        self._name = name
        self._writer = OnlyWriter(jetstream, f"KV_{name}")
        self._seldom = seldom or Seldom()
        self._mark, self._unmarked = mark, unmarked
        self._look = Seldom(_LOOK_SECONDS)
        self._whole_at: int | None = None
        self._reached = 0
        self._told = 0
        self._told_as = 0

    async def resume(self) -> int:
        """The position that all entries have reached; 0 of a bucket that was made anew, or has not the current mark.

        What readers have to know of it is told first.
        """
        await self._writer.open()
        last, filling = await self._last(streams.POSITION_KEY), await self._last(streams.FILLING_KEY)
        self._told_as = last.seq or 0 if last else 0
        position = int(last.data or b"0") if last and self._is_current(last) else 0
        head = await log.head(self._connection)
        is_whole = position >= head or (position > 0 and not (filling and filling.data))
        self._whole_at = None if is_whole else head
        now = _WHOLE if is_whole else _filling_up_to(head)
        if filling is None or (filling.data or b"") != now[1]:
            await self._begin([now], position)
            await self.finish()
        return position

    def note_lack(self) -> None:
        """Some entries are less than they should be: whoever resumes after this process fills the bucket again."""
        self._mark = _LACKING

    async def follow(self, entries: Sequence[Entry], events: Sequence[LoggedEvent]) -> None:
        """Put what some events have left, then their position; that alone, where they concern nothing here, seldom.

        Until it is told it is behind: who goes on from there writes nothing, and readers lack nothing.
        Raises Emptied of a bucket that was emptied or is gone; `finish` raises too: it is filled again then.
        """
        if not events and self._look.due() and await self._last(streams.FILLING_KEY) is None:
            raise Emptied(self._name)
        self._reached = events[-1].position if events else self._reached
        if entries or (self._told < self._reached and self._seldom.due()):
            await self._begin(entries, self._reached)

    async def finish(self) -> None:
        """Wait for what was begun."""
        await self._writer.finish()

    async def _begin(self, entries: Sequence[Entry], position: int) -> None:
        """A position has to follow the one before it: no bucket that was emptied meanwhile gets any."""
        if self._whole_at is not None and position >= self._whole_at:
            self._whole_at, entries = None, [*entries, _WHOLE]
        self._reached = self._told = position
        expected = {headers.EXPECTED_SUBJECT_SEQUENCE: str(self._told_as)}
        end = streams.POSITION_KEY, str(position).encode(), expected | _marked(self._mark)
        messages = [Outgoing(f"$KV.{self._name}.{key}", value, extra) for key, value, extra in [*entries, end]]
        await self._writer.begin(messages)
        self._told_as = self._writer.sequence

    async def _last(self, key: str) -> RawStreamMsg | None:
        """What was put there last, be it a deletion; nothing of a bucket that was emptied or is gone."""
        try:
            return await self._jetstream.get_last_msg(f"KV_{self._name}", f"$KV.{self._name}.{key}")
        except NotFoundError:
            return None

    def _is_current(self, position: RawStreamMsg) -> bool:
        found = (position.headers or {}).get(headers.SEALED_WITH)
        return (found or self._unmarked) == self._mark


@cache
def types_of(kind: type[Event]) -> frozenset[str]:
    """What the log calls events of a kind."""
    return frozenset(model.model_fields["type"].default for model in EVENT_MODELS if issubclass(model, kind))


def events_of(kind: type[AnyKind], events: Iterable[LoggedEvent]) -> Iterator[AnyKind]:
    """Those of a kind; the others are not read, which costs more than all else that is done with them here."""
    for logged in events:
        if logged.type in types_of(kind) and isinstance(event := event_of(logged, EVENT), kind):
            yield event


async def rows_of(
    connection: "asyncpg.Connection[asyncpg.Record]", query: str, ids: set[str]
) -> "list[asyncpg.Record]":
    """The rows of some ids; nothing is asked where there are none."""
    return await connection.fetch(query, list(ids)) if ids else []


def _keys_in(logged: LoggedEvent) -> list[str]:
    """The KV keys of whom an event of an infraction concerns."""
    player, address_hash = logged.data.get("player"), logged.data.get("address_hash")
    keys = [subject_token(player["service"], player["id"])] if player else []
    return [*keys, address_token(address_hash)] if address_hash else keys


def _filling_up_to(head: int) -> Entry:
    return streams.FILLING_KEY, str(head).encode(), {}


def _marked(mark: str | None) -> dict[str, str]:
    return {headers.SEALED_WITH: mark} if mark else {}


class RestrictionsBucket:
    """What restricts each player and address."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, connection, streams.RESTRICTIONS_BUCKET, Seldom(0))
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present standing of whomever the events concern: at their position or a later one."""
        concerned = (logged for logged in events if logged.type in types_of(InfractionEvent))
        keys = list(dict.fromkeys(key for logged in concerned for key in _keys_in(logged)))
        position, found = await projection.restricting(self._connection, keys) if keys else (0, {})
        standings = [(key, standing_document(position, documents)) for key, documents in found.items()]
        entries = [(key, written(each), {} if each["restrictions"] else _CLEARED) for key, each in standings]
        await self._bucket.follow(entries, events)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()


class CredentialsBucket:
    """The hashes of server keys and tokens, and what they may do."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, connection, streams.CREDENTIALS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each credential that the events concern."""
        ids = {event.credential_id for event in events_of(CredentialEvent, events)}
        rows = await rows_of(self._connection, "select id, document from credentials where id = any($1)", ids)
        entries: list[Entry] = [
            (row["id"], Credential.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.follow(entries, events)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()


class AdminsBucket:
    """Who acts through game servers, and what they may do there."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, connection, streams.ADMINS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each admin that the events concern, also of one who is no more."""
        tokens = {event.player.token for event in events_of(AdminEvent, events)}
        rows = await rows_of(self._connection, "select id, document from admins where id = any($1)", tokens)
        entries: list[Entry] = [
            (row["id"], Admin.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.follow(entries, events)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()


class NetworksBucket:
    """What staff have marked as VPN, host or cloud gaming; one that is marked no more goes after a while."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, connection, streams.NETWORKS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each network that the events concern."""
        keys = {network_key(event.network) for event in events_of(NetworkEvent, events)}
        rows = await rows_of(self._connection, "select document from networks where id = any($1)", keys)
        found = [MarkedNetwork.model_validate(row["document"]) for row in rows]
        entries = [
            (each.key, each.model_dump_json(exclude_none=True).encode(), _CLEARED if each.unmarked_at else {})
            for each in found
        ]
        await self._bucket.follow(entries, events)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()
