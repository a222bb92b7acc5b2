"""The sinks that keep KV `restrictions`, `credentials` and `admins` in step with the log, for gateways to watch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

import asyncpg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import Error, NotFoundError
from nats.js.kv import KV_DEL, KV_OP

from banstream_contracts import headers, streams
from banstream_contracts.admin_events import AdminEvent
from banstream_contracts.admins import Admin
from banstream_contracts.events import CredentialEvent, Event, InfractionEvent
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Credential
from banstream_contracts.network_events import NetworkEvent
from banstream_contracts.networks import MarkedNetwork, network_key
from banstream_contracts.players import address_token, subject_token
from banstream_contracts.public_events import EVENT_MODELS
from banstream_decider.events import event_of
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent
from banstream_event_log.publishing import OnlyWriter, Outgoing
from banstream_event_log.relay import Seldom
from banstream_infractions import projection
from banstream_infractions.standing_documents import standing_document, written

Entry = tuple[str, bytes, dict[str, str]]
"""The key, the value and the headers of what is put into a bucket."""
AnyKind = TypeVar("AnyKind", bound=Event)

_CLEARED = {headers.MESSAGE_TTL: str(streams.CLEARED_TTL_SECONDS)}
_WHOLE: Entry = (streams.FILLING_KEY, b"", {KV_OP: KV_DEL})
_LOOK_SECONDS = 1.0


class Emptied(Error):
    """A bucket does not hold what was put into it."""


class Bucket:
    """One KV bucket with one writer: entries in log order, then the position that they reach."""

    def __init__(self, jetstream: JetStreamContext, name: str, seldom: Seldom | None = None) -> None:
        self._jetstream = jetstream
        self._name = name
        self._writer = OnlyWriter(jetstream, f"KV_{name}")
        self._seldom = seldom or Seldom()
        self._reached = 0
        self._told = 0

    async def resume(self, is_current: Callable[[str | None], bool] = lambda _mark: True) -> int:
        """The position that all entries have reached; 0 of a bucket that was made anew, or has not the current mark."""
        await self._writer.open()
        try:
            last = await self.last(streams.POSITION_KEY)
        except NotFoundError:
            return 0
        return int(last.data or b"0") if is_current((last.headers or {}).get(headers.SEALED_WITH)) else 0

    async def last(self, key: str) -> RawStreamMsg:
        """What was put there last, be it a deletion. Raises NotFoundError, also of a bucket that is not there."""
        return await self._jetstream.get_last_msg(f"KV_{self._name}", f"$KV.{self._name}.{key}")

    async def write(self, entries: Sequence[Entry], position: int, mark: str | None = None) -> None:
        """Put entries, then the position, with the mark of the key that seals entries; wait until they are stored."""
        await self.begin(entries, position, mark)
        await self.finish()

    async def begin(self, entries: Sequence[Entry], position: int, mark: str | None = None) -> None:
        """The same, without waiting."""
        self._reached = self._told = position
        messages = [Outgoing(f"$KV.{self._name}.{key}", value, extra) for key, value, extra in entries]
        end = Outgoing(f"$KV.{self._name}.{streams.POSITION_KEY}", str(position).encode(), _marked(mark))
        await self._writer.begin([*messages, end])

    async def follow(self, entries: Sequence[Entry], events: Sequence[LoggedEvent]) -> None:
        """The same after some events; the position alone, where they concern nothing here, only now and then.

        Until it is told it is behind: who goes on from there writes nothing, and readers lack nothing.
        """
        self._reached = events[-1].position if events else self._reached
        if entries or (self._told < self._reached and self._seldom.due()):
            await self.begin(entries, self._reached)

    async def finish(self) -> None:
        """Wait for what was begun."""
        await self._writer.finish()


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
    """What restricts each player and address.

    Who is not in it is not restricted, so while it is filled from the beginning of the log it says so.
    """

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.RESTRICTIONS_BUCKET)
        self._connection = connection
        self._whole_at: int | None = None
        self._look = Seldom(_LOOK_SECONDS)

    async def resume(self) -> int:
        """See Bucket; what readers have to know of it is told first."""
        position, told = await self._bucket.resume(), await self._filling()
        is_whole = told == b"" or (told is None and position > 0)
        head = await log.head(self._connection)
        self._whole_at = None if is_whole or position >= head else head
        mark = _WHOLE if self._whole_at is None else _filling_up_to(head)
        if mark[1] != told:
            await self._bucket.write([mark], position)
        return position

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present standing of whomever the events concern: at their position or a later one.

        Raises Emptied, or what NATS says, of a bucket that was emptied or made anew meanwhile: it is filled again then.
        """
        if self._look.due() and await self._filling() is None:
            await self._bucket.write([_filling_up_to(await log.head(self._connection))], 0)
            raise Emptied("begins anew")
        if not events:
            return
        concerned = (logged for logged in events if logged.type in types_of(InfractionEvent))
        keys = list(dict.fromkeys(key for logged in concerned for key in _keys_in(logged)))
        position, found = await projection.restricting(self._connection, keys) if keys else (0, {})
        standings = [(key, standing_document(position, documents)) for key, documents in found.items()]
        entries = [(key, written(each), {} if each["restrictions"] else _CLEARED) for key, each in standings]
        if self._whole_at is not None and events[-1].position >= self._whole_at:
            self._whole_at = None
            entries.append(_WHOLE)
        await self._bucket.begin(entries, events[-1].position)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()

    async def _filling(self) -> bytes | None:
        """Where the bucket will be whole; nothing of one that is, None of one that was emptied or never told."""
        try:
            return (await self._bucket.last(streams.FILLING_KEY)).data or b""
        except NotFoundError:
            return None


class CredentialsBucket:
    """The hashes of server keys and tokens, and what they may do."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.CREDENTIALS_BUCKET)
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
        self._bucket = Bucket(jetstream, streams.ADMINS_BUCKET)
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
        self._bucket = Bucket(jetstream, streams.NETWORKS_BUCKET)
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
