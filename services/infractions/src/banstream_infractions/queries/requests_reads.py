"""Answers about requests for review, straight from the read model."""

import asyncpg

from banstream_contracts.queries.infractions import ListRequests, RequestPage, ReviewRequest
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_decider.paging import Condition, page
from banstream_infractions.queries.assignees import looked_at_by


class RequestReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def request(self, query: GetRequest) -> RequestFound:
        """One request with its comments."""
        document = await self._pool.fetchval("select document from review_requests where id = $1", query.request_id)
        return RequestFound(request=ReviewRequest.model_validate(document) if document else None)

    async def requests(self, query: ListRequests) -> RequestPage:
        """A page, newest first; comments are left out, many pages of them would not fit into a message."""
        chosen: list[Condition] = [
            ("player_token = ?", query.player.token if query.player else None),
            ("status = ?", query.status),
            looked_at_by(query),
            ("id < ?", query.cursor),
        ]
        conditions = [condition for condition in chosen if condition[1] is not None]
        found = "select document - 'comments' as document from review_requests"
        rows = await page(self._pool, found, conditions, "id desc", query.limit)
        items = tuple(ReviewRequest.model_validate(row["document"]) for row in rows[: query.limit])
        return RequestPage(items=items, next=items[-1].id if len(rows) > query.limit else None)
