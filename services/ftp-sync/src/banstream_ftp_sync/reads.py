"""Answers to queries, straight from the tables."""

import asyncpg
from pydantic import ValidationError

from banstream_contracts.faults import in_words
from banstream_contracts.queries.ban_files import (
    BanFileFound,
    BanFilePage,
    BanFileProgress,
    BanFileReceipt,
    BanFileTested,
    GetBanFile,
    ListBanFiles,
    ListReceipts,
    ReceiptPage,
    ReceiptStatus,
    TestBanFile,
)
from banstream_decider.paging import Condition, before, page
from banstream_decider.unreadable import UnreadableDocument, read_each
from banstream_ftp_sync import bans
from banstream_ftp_sync.ledger import State, state_of
from banstream_ftp_sync.projection import BAN_FILES
from banstream_ftp_sync.sealing import Opener
from banstream_ftp_sync.trying import tried

_PROGRESS = tuple(BanFileProgress.model_fields)
_BAN_FILES = f"""
    select ban_file_id, document, {", ".join(f"states.{field}" for field in _PROGRESS)}
    from ban_files left join states using (ban_file_id)
"""


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        opener: Opener,
        timeout_seconds: float,
    ) -> None:
        self._pool = pool
        self._opener = opener
        self._timeout_seconds = timeout_seconds

    async def ban_file(self, query: GetBanFile) -> BanFileFound:
        """One ban file; nulls of one that was removed. Of one that cannot be read: why, and how it stands."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                f"{_BAN_FILES} where ban_file_id = $1 and not is_removed", query.ban_file_id
            )
        return _found_or_why(row) if row else BanFileFound(ban_file=None)

    async def ban_files(self, query: ListBanFiles) -> BanFilePage:
        """A page by id, which begins with the time it was made; the cursor is the last id."""
        conditions: list[Condition] = [("not is_removed", None)]
        if query.cursor:
            conditions.append(("ban_file_id > ?", query.cursor))
        rows = await page(self._pool, _BAN_FILES, conditions, "ban_file_id", query.limit)
        shown = rows[: query.limit]
        items, unreadable = read_each(shown, _found, "ban_file_id")
        return BanFilePage(
            items=items,
            next=shown[-1]["ban_file_id"] if len(rows) > query.limit else None,
            unreadable=unreadable,
        )

    async def receipts(self, query: ListReceipts) -> ReceiptPage:
        """A page, last changed first; the cursor is a place."""
        conditions: list[Condition] = [("ban_file_id = ?", query.ban_file_id)]
        if query.status:
            conditions.append(("status = ?", query.status.value))
        if query.infraction_id:
            conditions.append(("infraction_id = ?", query.infraction_id))
        conditions += before("place", query.cursor)
        rows = await page(self._pool, "select * from receipts", conditions, "place desc", query.limit)
        shown = rows[: query.limit]
        return ReceiptPage(
            items=tuple(_receipt(row) for row in shown),
            next=str(shown[-1]["place"]) if len(rows) > query.limit else None,
        )

    async def test(self, query: TestBanFile) -> BanFileTested:
        """What an attempt would do."""
        async with self._pool.acquire() as connection:
            try:
                record = (await BAN_FILES.find(connection, [query.ban_file_id])).get(query.ban_file_id)
            except UnreadableDocument as error:
                return BanFileTested(problem=f"this release cannot read the ban file: {error}")
            if record is None or record.is_removed:
                return BanFileTested(is_known=False)
            if await bans.loaded_at(connection) is None:
                return BanFileTested(problem="the bans were never loaded: are infractions and the abuse tracker there?")
            row = await connection.fetchrow("select * from states where ban_file_id = $1", query.ban_file_id)
            every, protected = await bans.every(connection), await bans.protected(connection)
        state = state_of(row) if row else State()
        return await tried(self._opener, record, state, every, protected, self._timeout_seconds)


def _found_or_why(row: asyncpg.Record) -> BanFileFound:
    progress = None
    try:
        progress = _progress(row)
        return BanFileFound(ban_file=BAN_FILES.read(row["document"]).ban_file, progress=progress)
    except UnreadableDocument as error:
        return BanFileFound(ban_file=None, progress=progress, unreadable=str(error))


def _found(row: asyncpg.Record) -> BanFileFound:
    return BanFileFound(ban_file=BAN_FILES.read(row["document"]).ban_file, progress=_progress(row))


def _progress(row: asyncpg.Record) -> BanFileProgress:
    try:
        return BanFileProgress.model_validate({field: row[field] for field in _PROGRESS if row[field] is not None})
    except ValidationError as error:
        raise UnreadableDocument(in_words(error)) from None


def _receipt(row: asyncpg.Record) -> BanFileReceipt:
    return BanFileReceipt(
        infraction_id=row["infraction_id"],
        is_banned=row["is_banned"],
        status=ReceiptStatus(row["status"]),
        at=row["at"],
        error=row["error"],
    )
