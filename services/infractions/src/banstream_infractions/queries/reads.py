"""Answers to queries, straight from the read models and the log."""

import asyncpg

from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.queries.infractions import (
    CredentialPage,
    GetHistory,
    GetInfraction,
    HistoryPage,
    InfractionFound,
    InfractionPage,
    ListCredentials,
    ListInfractions,
)
from banstream_decider.audit import entry
from banstream_decider.paging import Condition, before, page
from banstream_event_log.erasure import opened
from banstream_event_log.log import logged_event
from banstream_infractions.evidence_files import EvidenceReads
from banstream_infractions.queries import listing_sql
from banstream_infractions.queries.appeals_reads import AppealReads
from banstream_infractions.queries.ban_reads import AddressKeys, BanReads
from banstream_infractions.queries.finding import Finding
from banstream_infractions.queries.import_reads import ImportReads
from banstream_infractions.queries.linked_reads import LinkedReads
from banstream_infractions.queries.network_reads import NetworkReads
from banstream_infractions.queries.past_reads import PastReads
from banstream_infractions.queries.personal_reads import PersonalReads
from banstream_infractions.queries.requests_reads import RequestReads
from banstream_infractions.queries.search_reads import SearchReads
from banstream_infractions.queries.undoing_reads import UndoingReads
from banstream_infractions.queries.wall_reads import WallReads

_LAST_VERSION = 2**31 - 1


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        address_keys: AddressKeys,
        appeals: AppealReads,
        searching: SearchReads,
        personal: PersonalReads,
    ) -> None:
        self._pool = pool
        self.bans = BanReads(pool, address_keys)
        self.wall = WallReads(pool)
        self.finding = Finding(pool)
        self.networks = NetworkReads(pool)
        self.imports = ImportReads(pool)
        self.undoing = UndoingReads(pool)
        self.past = PastReads(pool)
        self.linked = LinkedReads(pool)
        self.reviews = RequestReads(pool)
        self.appeals = appeals
        self.searching = searching
        self.personal = personal
        self.evidence = EvidenceReads(pool)

    async def infraction(self, query: GetInfraction) -> InfractionFound:
        """One infraction."""
        document = await self._pool.fetchval("select document from infractions where id = $1", query.infraction_id)
        return InfractionFound(infraction=Infraction.model_validate(document) if document else None)

    async def infractions(self, query: ListInfractions) -> InfractionPage:
        """A page, newest first; the cursor is the last id of the page before."""
        statement, values = listing_sql.page(query, query.limit + 1)
        rows = await self._pool.fetch(statement, *values)
        items = tuple(Infraction.model_validate(row["document"]) for row in rows[: query.limit])
        return InfractionPage(items=items, next=items[-1].id if len(rows) > query.limit else None)

    async def history(self, query: GetHistory) -> HistoryPage:
        """What happened to a player, newest first; the cursor is a version of the player's stream."""
        conditions: list[Condition] = [("stream = ?", f"player:{query.player}")]
        conditions += before("version", query.cursor, _LAST_VERSION)
        async with self._pool.acquire() as connection:
            rows = await page(connection, "select * from event_log", conditions, "version desc", query.limit)
            events = await opened(connection, [logged_event(row) for row in rows[: query.limit]])
        following = str(events[-1].version) if len(rows) > query.limit else None
        return HistoryPage(items=tuple(entry(event) for event in events), next=following)

    async def credentials(self, query: ListCredentials) -> CredentialPage:
        """A page, newest first."""
        conditions: list[Condition] = [("kind = ?", query.kind)]
        if query.cursor:
            conditions.append(("id < ?", query.cursor))
        rows = await page(self._pool, "select document from credentials", conditions, "id desc", query.limit)
        items = tuple(Credential.model_validate(row["document"]) for row in rows[: query.limit])
        return CredentialPage(items=items, next=items[-1].id if len(rows) > query.limit else None)
