"""The store on Postgres: one connection, one writer."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player, address_token
from banstream_contracts.results import CommandResult
from banstream_decider import outcomes
from banstream_event_log import log
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_infractions import (
    accounts_projection,
    appeals_projection,
    catching_up,
    erased_rows,
    evidence_files,
    projection,
    search,
    wall,
)
from banstream_infractions.batch import Changes
from banstream_infractions.ports import Traces


class PostgresStore:
    """See `ports.Store`. Every call uses the connection that holds the leader's lock: lost together, or not at all."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection
        self._is_caught_up = False
        self._end = log.End(0, b"")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        """Begin, lock the log, give its last position; commit at the end.

        The first one puts into the read models what a leader of an older release has left out.
        """
        async with self._connection.transaction():
            self._end = await log.locked_end(self._connection)
            if not self._is_caught_up:
                await catching_up.catch_up(self._connection, self._end.position)
            yield self._end.position
        self._is_caught_up = True

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """Failed ones are left out: they are decided anew when they come again."""
        return await outcomes.outcomes(self._connection, command_ids)

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        """They share one kind of id; what a request is about is looked up, as its own stream has its id."""
        rows = await self._connection.fetch(
            "select id, stream from infractions where id = any($1)"
            " union all select id, kind || ':' || id from credentials where id = any($1)"
            " union all select id, concat('player:', document #>> '{player,service}', ':', document #>> '{player,id}')"
            " from review_requests where id = any($1)"
            " union all select id, person from appeals where id = any($1)",
            list(ids),
        )
        return {row["id"]: row["stream"] for row in rows}

    async def streams_at(self, address_hashes: Iterable[str]) -> dict[str, list[str]]:
        """By the index on the address."""
        tokens = {address_token(address_hash): address_hash for address_hash in address_hashes}
        rows = await self._connection.fetch(
            "select distinct address_token, stream from infractions where address_token = any($1) order by stream",
            list(tokens),
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(tokens[row["address_token"]], []).append(row["stream"])
        return found

    async def appeals_of(self, infraction_ids: Iterable[str]) -> dict[str, list[str]]:
        """By the index on the infraction."""
        return await appeals_projection.streams_of(self._connection, list(infraction_ids))

    async def reviewers(self) -> frozenset[str]:
        """From the read models of credentials, admins and accounts."""
        return await appeals_projection.reviewers(self._connection)

    async def owners(self) -> list[str]:
        """From the read model."""
        return await accounts_projection.owners(self._connection)

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        """In one query."""
        return await log.load(self._connection, streams)

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """With the positions that follow the locked head."""
        appended = await log.append(self._connection, events, recorded_at, self._end)
        self._end = log.End(appended[-1].position, appended[-1].hash)
        await catching_up.reach(self._connection, self._end.position)
        return appended

    async def project(self, changes: Changes) -> None:
        """Upserts."""
        await projection.put_infractions(self._connection, changes.infractions.values())
        await projection.put_credentials(self._connection, changes.credentials.values())
        await projection.put_requests(self._connection, changes.requests.values())
        await projection.put_admins(self._connection, changes.admins.values())
        await projection.put_tiering_policies(self._connection, changes.tiering_policies.values())
        await projection.put_networks(self._connection, changes.networks.values())
        await accounts_projection.put_accounts(self._connection, changes.accounts.values())
        await appeals_projection.put_appeals(self._connection, changes.appeals.values())
        await wall.put_bans(self._connection, changes.infractions.values())
        await search.put_rows(self._connection, changes.infractions.values())
        await evidence_files.keep(self._connection, changes.files)

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """A failed outcome gives way to a later one; no other ever changes."""
        await outcomes.remember(self._connection, results, decided_at)

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        """As of the end of the log."""
        return await projection.standings(self._connection, list(keys))

    async def due_streams(self, now: datetime, limit: int) -> list[str]:
        """By the index on the next end. Asked at once by who leads, and so the first to see what was left out."""
        if not self._is_caught_up:
            async with self.transaction():
                pass
        rows = await self._connection.fetch(
            "select stream from infractions where status = 'active' and lifetime = 'timed' and expires_at <= $1"
            " order by expires_at limit $2",
            now,
            limit,
        )
        return list(dict.fromkeys(row["stream"] for row in rows))

    async def person_keys(self, persons: Iterable[str]) -> dict[str, bytes]:
        """Wrapped."""
        rows = await self._connection.fetch(
            "select person, wrapped from person_keys where person = any($1)", list(persons)
        )
        return {row["person"]: row["wrapped"] for row in rows}

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """In the transaction of the events that are locked with them."""
        await self._connection.executemany(
            "insert into person_keys (person, wrapped) values ($1, $2)", list(wrapped.items())
        )

    async def traces(self, player: Player) -> Traces:
        """From the read models, and from the keys of the log."""
        return await erased_rows.traces(self._connection, player)

    async def erase(self, persons: Sequence[str], position: int) -> None:
        """Those of the log's own fields, and those of what gateways sealed."""
        await erased_rows.erase(self._connection, persons, position)

    async def forget_outcomes(self, infraction_ids: Sequence[str]) -> None:
        """Reads them all: they are found by nothing but their command."""
        await erased_rows.forget_outcomes(self._connection, infraction_ids)

    async def forget_files(self, infraction_ids: Sequence[str]) -> None:
        """Those that no other infraction has."""
        await evidence_files.forget(self._connection, infraction_ids)
