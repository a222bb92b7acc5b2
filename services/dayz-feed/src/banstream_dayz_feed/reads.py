"""Answers to queries, straight from the tables."""

import asyncio
import json
from zoneinfo import ZoneInfo

import asyncpg
from pydantic import ValidationError

from banstream_contracts.faults import in_words
from banstream_contracts.queries.log_sources import (
    FindingPage,
    GetLogSource,
    ListFindings,
    ListLogSources,
    LogFinding,
    LogSourceFound,
    LogSourcePage,
    LogSourceProgress,
    LogSourceTested,
    TestLogSource,
)
from banstream_dayz_feed.lines.clock import in_zone
from banstream_dayz_feed.logs import logs_in
from banstream_dayz_feed.places import InvalidLogin, Places
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.projection import LOG_SOURCES
from banstream_decider.paging import Condition, before, page
from banstream_decider.unreadable import UnreadableDocument, read_each
from banstream_remote_files.errors import RemoteFileError

TEST_SECONDS = 10.0
_SOURCES = """
    select log_sources.source_id, log_sources.document, positions.document as position, size, polled_at,
        failing_since, last_error,
        (select count(*) from findings where findings.source_id = log_sources.source_id) as findings
    from log_sources left join positions using (source_id)
"""


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", places: Places) -> None:
        self._pool = pool
        self._places = places

    async def source(self, query: GetLogSource) -> LogSourceFound:
        """One source; nulls of one that was removed. Of one that cannot be read: why, and how reading goes."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                f"{_SOURCES} where log_sources.source_id = $1 and not is_removed", query.source_id
            )
        return _found_or_why(row) if row else LogSourceFound(source=None)

    async def sources(self, query: ListLogSources) -> LogSourcePage:
        """A page by id, which begins with the time it was added; the cursor is the last id."""
        conditions: list[Condition] = [("not is_removed", None)]
        if query.cursor:
            conditions.append(("log_sources.source_id > ?", query.cursor))
        rows = await page(self._pool, _SOURCES, conditions, "log_sources.source_id", query.limit)
        shown = rows[: query.limit]
        items, unreadable = read_each(shown, _found, "source_id")
        return LogSourcePage(
            items=items,
            next=shown[-1]["source_id"] if len(rows) > query.limit else None,
            unreadable=unreadable,
        )

    async def tested(self, query: TestLogSource) -> LogSourceTested:
        """Log in and list, now."""
        async with self._pool.acquire() as connection:
            try:
                record = (await LOG_SOURCES.find(connection, [query.source_id])).get(query.source_id)
            except UnreadableDocument as error:
                return LogSourceTested(is_known=True, error=f"this release cannot read the source: {error}")
        if record is None or record.is_removed:
            return LogSourceTested(is_known=False)
        try:
            async with asyncio.timeout(TEST_SECONDS), self._places.connect(record) as files:
                logs = logs_in(await files.entries(record.source.login.folder))
        except TimeoutError:
            return LogSourceTested(is_known=True, error=f"no answer within {TEST_SECONDS:g} s")
        except (RemoteFileError, InvalidLogin) as error:
            return LogSourceTested(is_known=True, error=str(error))
        newest = logs[-1].name if logs else None
        return LogSourceTested(
            is_known=True, error=None if logs else "there is no log in the folder", logs=len(logs), newest=newest
        )

    async def findings(self, query: ListFindings) -> FindingPage:
        """A page, newest first; the cursor is a place."""
        conditions: list[Condition] = [("source_id = ?", query.source_id)]
        if query.status:
            conditions.append(("status = ?", query.status.value))
        conditions += before("place", query.cursor)
        rows = await page(self._pool, "select * from findings", conditions, "place desc", query.limit)
        shown = rows[: query.limit]
        items, unreadable = read_each(shown, _finding, "key")
        return FindingPage(
            items=items,
            next=str(shown[-1]["place"]) if len(rows) > query.limit else None,
            unreadable=unreadable,
        )


def _found_or_why(row: asyncpg.Record) -> LogSourceFound:
    progress = None
    try:
        progress = _progress(row, None)
        return _found(row)
    except UnreadableDocument as error:
        return LogSourceFound(source=None, progress=progress, unreadable=str(error))


def _found(row: asyncpg.Record) -> LogSourceFound:
    source = LOG_SOURCES.read(row["document"]).source
    return LogSourceFound(source=source, progress=_progress(row, ZoneInfo(source.time_zone)))


def _progress(row: asyncpg.Record, zone: ZoneInfo | None) -> LogSourceProgress:
    """When the last line was written is known only in the zone of the source."""
    try:
        position = Position.from_json(json.dumps(row["position"])) if row["position"] else Position()
    except ValidationError as error:
        raise UnreadableDocument(in_words(error)) from None
    moment = position.reading.moment
    return LogSourceProgress(
        file=position.file or None,
        offset=position.reading.offset,
        size=row["size"] or 0,
        last_line_at=in_zone(moment, zone) if moment and zone else None,
        lines=position.lines,
        unknown_lines=position.unknown_lines,
        polled_at=row["polled_at"],
        failing_since=row["failing_since"],
        last_error=row["last_error"],
        note=position.note,
        findings=row["findings"],
    )


def _finding(row: asyncpg.Record) -> LogFinding:
    document = row["document"]
    if not isinstance(document, dict):
        raise UnreadableDocument("it is no object")
    return LogFinding.model_validate({**document, "status": row["status"], "message": row["message"]})
