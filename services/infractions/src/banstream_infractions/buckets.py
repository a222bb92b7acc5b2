"""The sinks that keep KV `restrictions`, `credentials` and `admins` in step with the log, for gateways to watch."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from banstream_contracts import headers, streams
from banstream_contracts.admin_events import AdminEvent
from banstream_contracts.admins import Admin
from banstream_contracts.events import CredentialEvent, InfractionEvent
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.infractions import Credential
from banstream_contracts.network_events import NetworkEvent
from banstream_contracts.networks import MarkedNetwork, network_key
from banstream_decider.events import event_of
from banstream_event_log.events import LoggedEvent
from banstream_event_log.publishing import OnlyWriter, Outgoing
from banstream_infractions import projection
from banstream_infractions.service import keys_of

_CLEARED = {headers.MESSAGE_TTL: str(streams.CLEARED_TTL_SECONDS)}


class Bucket:
    """One KV bucket with one writer: entries in log order, then the position that they reach."""

    def __init__(self, jetstream: JetStreamContext, name: str) -> None:
        self._jetstream = jetstream
        self._name = name
        self._writer = OnlyWriter(jetstream, f"KV_{name}")

    async def resume(self) -> int:
        """The position that all entries have reached; 0 of a bucket that was made anew."""
        await self._writer.open()
        try:
            last = await self._jetstream.get_last_msg(f"KV_{self._name}", f"$KV.{self._name}.{streams.POSITION_KEY}")
        except NotFoundError:
            return 0
        return int(last.data or b"0")

    async def write(self, entries: Sequence[tuple[str, bytes, dict[str, str]]], position: int) -> None:
        """Put entries `(key, value, headers)`, then the position."""
        messages = [Outgoing(f"$KV.{self._name}.{key}", value, extra) for key, value, extra in entries]
        end = Outgoing(f"$KV.{self._name}.{streams.POSITION_KEY}", str(position).encode(), {})
        await self._writer.publish([*messages, end])


class RestrictionsBucket:
    """What restricts each player and address."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.RESTRICTIONS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present standing of whomever the events concern: at their position or a later one."""
        if not events:
            return
        concerned = [event for logged in events if isinstance(event := event_of(logged, EVENT), InfractionEvent)]
        keys = list(dict.fromkeys(key for event in concerned for key in keys_of(event)))
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            standings = await projection.standings(self._connection, keys)
        entries = [
            (key, standing.model_dump_json(exclude_none=True).encode(), {} if standing.restrictions else _CLEARED)
            for key, standing in standings.items()
        ]
        await self._bucket.write(entries, events[-1].position)


class CredentialsBucket:
    """The hashes of server keys and tokens, and what they may do."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.CREDENTIALS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each credential that the events concern."""
        concerned = [event for logged in events if isinstance(event := event_of(logged, EVENT), CredentialEvent)]
        ids = {event.credential_id for event in concerned}
        if not events:
            return
        rows = await self._connection.fetch("select id, document from credentials where id = any($1)", list(ids))
        entries: list[tuple[str, bytes, dict[str, str]]] = [
            (row["id"], Credential.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.write(entries, events[-1].position)


class AdminsBucket:
    """Who acts through game servers, and what they may do there."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.ADMINS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each admin that the events concern, also of one who is no more."""
        concerned = [event for logged in events if isinstance(event := event_of(logged, EVENT), AdminEvent)]
        if not events:
            return
        tokens = {event.player.token for event in concerned}
        rows = await self._connection.fetch("select id, document from admins where id = any($1)", list(tokens))
        entries: list[tuple[str, bytes, dict[str, str]]] = [
            (row["id"], Admin.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.write(entries, events[-1].position)


class NetworksBucket:
    """What staff have marked as VPN, host or cloud gaming; one that is marked no more goes after a while."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.NETWORKS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each network that the events concern."""
        concerned = [event for logged in events if isinstance(event := event_of(logged, EVENT), NetworkEvent)]
        if not events:
            return
        keys = {network_key(event.network) for event in concerned}
        rows = await self._connection.fetch("select document from networks where id = any($1)", list(keys))
        found = [MarkedNetwork.model_validate(row["document"]) for row in rows]
        entries = [
            (each.key, each.model_dump_json(exclude_none=True).encode(), _CLEARED if each.unmarked_at else {})
            for each in found
        ]
        await self._bucket.write(entries, events[-1].position)
