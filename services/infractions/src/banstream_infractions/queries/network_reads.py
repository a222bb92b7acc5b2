"""Answers to queries about marked networks, straight from the read model."""

import asyncpg

from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.queries.networks import ListNetworks, NetworkPage
from banstream_decider.paging import Condition, before, page


class NetworkReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def networks(self, query: ListNetworks) -> NetworkPage:
        """A page, the newest mark first; the cursor is the last position of the page before."""
        conditions: list[Condition] = [("not is_unmarked", None)]
        if query.kind:
            conditions.append(("kind = ?", query.kind.value))
        if query.search:
            conditions.append(("strpos(searched, ?) > 0", query.search.lower()))
        conditions += before("position", query.cursor)
        rows = await page(self._pool, "select document from networks", conditions, "position desc", query.limit)
        items = tuple(MarkedNetwork.model_validate(row["document"]) for row in rows[: query.limit])
        return NetworkPage(items=items, next=str(items[-1].position) if len(rows) > query.limit else None)
