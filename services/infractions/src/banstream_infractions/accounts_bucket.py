"""The sink that keeps KV `accounts` in step with the log: the console lets people in while infractions is away."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import streams
from banstream_contracts.account_events import AccountEvent
from banstream_contracts.accounts import AccountEntry
from banstream_contracts.infraction_messages import EVENT
from banstream_decider.events import event_of
from banstream_event_log.events import LoggedEvent
from banstream_infractions.buckets import Bucket


class AccountsBucket:
    """Who signs in to the console; passwords and secrets are sealed for it already."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, streams.ACCOUNTS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each account that the events concern."""
        concerned = [event for logged in events if isinstance(event := event_of(logged, EVENT), AccountEvent)]
        if not events:
            return
        ids = {event.account_id for event in concerned}
        rows = await self._connection.fetch("select id, document from accounts where id = any($1)", list(ids))
        entries: list[tuple[str, bytes, dict[str, str]]] = [
            (row["id"], AccountEntry.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.write(entries, events[-1].position)
