"""The sink that keeps KV `accounts` in step with the log: the console lets people in while infractions is away."""

from collections.abc import Sequence

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import streams
from banstream_contracts.accounts import AccountEntry
from banstream_contracts.events.accounts import AccountEvent
from banstream_event_log.events import LoggedEvent
from banstream_infractions.sinks.buckets import Bucket, Entry, events_of, rows_of


class AccountsBucket:
    """Who signs in to the console; passwords and secrets are sealed for it already."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._bucket = Bucket(jetstream, connection, streams.ACCOUNTS_BUCKET)
        self._connection = connection

    async def resume(self) -> int:
        """See Bucket."""
        return await self._bucket.resume()

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        """Write the present state of each account that the events concern."""
        ids = {event.account_id for event in events_of(AccountEvent, events)}
        rows = await rows_of(self._connection, "select id, document from accounts where id = any($1)", ids)
        entries: list[Entry] = [
            (row["id"], AccountEntry.model_validate(row["document"]).model_dump_json(exclude_none=True).encode(), {})
            for row in rows
        ]
        await self._bucket.follow(entries, events)

    async def finish(self) -> None:
        """Wait until it is stored."""
        await self._bucket.finish()
