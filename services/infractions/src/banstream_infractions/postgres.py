"""The store on Postgres: one connection, one writer."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player, address_token
from banstream_decider.store import LogStore
from banstream_event_log import log
from banstream_event_log.connections import Connection
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.fresh import Fresh
from banstream_infractions import erased_rows, evidence_files
from banstream_infractions.domain.batch import Changes
from banstream_infractions.domain.record import Known
from banstream_infractions.domain.sought import Sought
from banstream_infractions.ports import Traces
from banstream_infractions.read_models import (
    accounts_projection,
    appeals_projection,
    catching_up,
    document_rows,
    documents,
    projection,
    search,
    wall,
)


class PostgresStore(LogStore):
    """See `ports.Store`; `longest` is how many events a stream has that is loaded whole."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        longest: int = documents.LONGEST,
        fresh: Fresh | None = None,
    ) -> None:
        super().__init__(connection, fresh)
        self._longest = longest
        self._is_caught_up = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        """Begin, lock the log, give its last position; commit at the end.

        The first one puts into the read models what a leader of an older release has left out.
        """
        async with super().transaction() as head:
            if not self._is_caught_up:
                await catching_up.catch_up(await self._written(), head)
            yield head
        self._is_caught_up = True

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        """They share one kind of id; what a request is about is looked up, as its own stream has its id.

        So is the ban that it suggests, which may be issued by the time it is asked about, for somebody else too.
        """
        rows = await (await self._written()).fetch(
            "select id, stream from infractions where id = any($1)"
            " union all select id, kind || ':' || id from credentials where id = any($1)"
            " union all select id, concat('player:', document #>> '{player,service}', ':', document #>> '{player,id}')"
            " from review_requests where id = any($1)"
            " union all select document #>> '{suggested,infraction_id}', coalesce("
            "(select stream from infractions where id = requests.document #>> '{suggested,infraction_id}'),"
            " concat('player:', document #>> '{player,service}', ':', document #>> '{player,id}'))"
            " from review_requests as requests where id = any($1) and document -> 'suggested' is not null"
            " union all select id, person from appeals where id = any($1)",
            list(ids),
        )
        return {row["id"]: row["stream"] for row in rows}

    async def streams_at(self, address_hashes: Iterable[str]) -> dict[str, list[str]]:
        """By the index on the address."""
        tokens = {address_token(address_hash): address_hash for address_hash in address_hashes}
        rows = await (await self._written()).fetch(
            "select distinct address_token, stream from infractions where address_token = any($1) order by stream",
            list(tokens),
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(tokens[row["address_token"]], []).append(row["stream"])
        return found

    async def appeals_of(self, infraction_ids: Iterable[str]) -> dict[str, list[str]]:
        """By the index on the infraction."""
        return await appeals_projection.streams_of(await self._written(), list(infraction_ids))

    async def reviewers(self) -> frozenset[str]:
        """From the read models of credentials, admins and accounts."""
        return await appeals_projection.reviewers(await self._written())

    async def owners(self) -> list[str]:
        """From the read model."""
        return await accounts_projection.owners(await self._written())

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        """In one query."""
        return await log.load(await self._written(), streams)

    async def known(self, streams: Iterable[str], sought: Sought) -> dict[str, Known]:
        """By the documents of the read models, where a stream is long."""
        return await documents.known(await self._written(), streams, sought, self._longest)

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """With the positions that follow the locked head."""
        appended = await super().append(events, recorded_at)
        await self._put(catching_up.reaching(appended[-1].position))
        return appended

    async def project(self, changes: Changes) -> None:
        """Infractions with what else is written; nothing else changes often."""
        await self._put(*projection.putting_infractions(changes.infractions.values()))
        await self._put(*wall.putting_bans(changes.infractions.values()))
        await self._put(*search.putting_rows(changes.infractions.values()))
        if changes.beside_infractions:
            await self._project_others(await self._written(), changes)

    async def _project_others(self, connection: Connection, changes: Changes) -> None:
        await document_rows.CREDENTIALS.put(connection, changes.credentials.values())
        await document_rows.REQUESTS.put(connection, changes.requests.values())
        await document_rows.ADMINS.put(connection, changes.admins.values())
        await document_rows.TIERING_POLICIES.put(connection, changes.tiering_policies.values())
        await document_rows.NETWORKS.put(connection, changes.networks.values())
        await document_rows.ACCOUNTS.put(connection, changes.accounts.values())
        await document_rows.APPEALS.put(connection, changes.appeals.values())
        await evidence_files.keep(connection, changes.files)

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        """As of the end of the log."""
        return await projection.standings(await self._written(), list(keys))

    async def due_streams(self, now: datetime, limit: int) -> list[str]:
        """By the index on the next end. Asked at once by who leads, and so the first to see what was left out."""
        if not self._is_caught_up:
            async with self.transaction():
                pass
        rows = await (await self._written()).fetch(
            "select stream from infractions where status = 'active' and lifetime = 'timed' and expires_at <= $1"
            " order by expires_at limit $2",
            now,
            limit,
        )
        return list(dict.fromkeys(row["stream"] for row in rows))

    async def person_keys(self, persons: Iterable[str]) -> dict[str, bytes]:
        """Wrapped."""
        rows = await (await self._written()).fetch(
            "select person, wrapped from person_keys where person = any($1)", list(persons)
        )
        return {row["person"]: row["wrapped"] for row in rows}

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """In the transaction of the events that are locked with them."""
        await (await self._written()).executemany(
            "insert into person_keys (person, wrapped) values ($1, $2)", list(wrapped.items())
        )

    async def put_person_keys_in_front(self, wrapped: Mapping[str, bytes]) -> None:
        """In one row, which an erasure takes out as a whole."""
        rows = await (await self._written()).fetch(
            "delete from person_keys where person = any($1) returning person, wrapped", list(wrapped)
        )
        held = {row["person"]: row["wrapped"] for row in rows}
        await self.add_person_keys({person: key + held.get(person, b"") for person, key in wrapped.items()})

    async def traces(self, player: Player) -> Traces:
        """From the read models, and from the keys of the log."""
        return await erased_rows.traces(await self._written(), player)

    async def erase(self, persons: Sequence[str], position: int) -> None:
        """Those of the log's own fields, and those of what gateways sealed."""
        await erased_rows.erase(await self._written(), persons, position)

    async def forget_outcomes(self, player: Player, infraction_ids: Sequence[str]) -> None:
        """Reads them all: they are found by nothing but their command."""
        await erased_rows.forget_outcomes(await self._written(), player, infraction_ids)

    async def forget_files(self, infraction_ids: Sequence[str]) -> None:
        """Those that no other infraction has."""
        await evidence_files.forget(await self._written(), infraction_ids)
