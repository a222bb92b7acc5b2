"""Answers to queries about imports, straight from the read model of infractions."""

import asyncpg

from banstream_contracts.infractions import Imported, Infraction
from banstream_contracts.queries.imports import (
    GetImport,
    ImportCounts,
    ImportedPage,
    ImportedRow,
    ImportEntry,
    ImportFound,
    ImportOutcome,
    ImportPage,
    ImportPreview,
    ListImported,
    ListImports,
    PreviewImport,
)
from banstream_decider.paging import Condition, page
from banstream_infractions.domain.answering import keys_of, shown
from banstream_infractions.domain.importing import outcome_of
from banstream_infractions.domain.restricting import IN_FORCE

_IMPORT_ID = "document #>> '{imported,import_id}'"
_IS_IMPORTED = "jsonb_exists(document, 'imported')"

_IMPORTS = f"""
    with recursive each_one (import_id) as (
        (select {_IMPORT_ID} from infractions where {_IS_IMPORTED} and {_IMPORT_ID} < $1 order by 1 desc limit 1)
        union all
        select (select {_IMPORT_ID} from infractions where {_IS_IMPORTED} and {_IMPORT_ID} < each_one.import_id
            order by 1 desc limit 1)
        from each_one where import_id is not null
    )
    select import_id,
        (select document -> 'imported' from infractions where {_IS_IMPORTED} and {_IMPORT_ID} = import_id limit 1)
            as imported,
        (select count(*) from infractions where {_IS_IMPORTED} and {_IMPORT_ID} = import_id) as infractions
    from each_one where import_id is not null limit $2
"""
"""One import after the other by the index, the newest id first, whatever number of infractions each has."""
_COUNTS = f"""
    select count(*) filter (where not is_warning and {IN_FORCE}) as in_force,
        count(*) filter (where (document #>> '{{imported,is_undone}}')::boolean and is_as_imported) as undone,
        count(*) filter (where not is_as_imported) as changed
    from infractions, lateral (select position = (document #>> '{{imported,position}}')::bigint as is_as_imported) as at
    where {_IS_IMPORTED} and {_IMPORT_ID} = $1
"""
_LARGEST_ID = "g"
"""Behind every id, as ids are hex digits."""


class ImportReads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def preview(self, query: PreviewImport) -> ImportPreview:
        """What would become of rows; what is decided meanwhile may make it another thing."""
        ids = [row.infraction_id for row in query.rows]
        rows = await self._pool.fetch("select id, document from infractions where id = any($1)", ids)
        held = {row["id"]: Infraction.model_validate(row["document"]) for row in rows}
        return ImportPreview(outcomes=tuple(_outcome(held.get(row.infraction_id), row) for row in query.rows))

    async def imports(self, query: ListImports) -> ImportPage:
        """A page, the newest first; the cursor is the last id of the page before."""
        rows = await self._pool.fetch(_IMPORTS, query.cursor or _LARGEST_ID, query.limit + 1)
        items = tuple(_entry(row) for row in rows[: query.limit])
        return ImportPage(items=items, next=items[-1].import_id if len(rows) > query.limit else None)

    async def one(self, query: GetImport) -> ImportFound:
        """One import, and what stands of it."""
        behind = f"{query.import_id}{_LARGEST_ID}"
        found = await self._pool.fetchrow(_IMPORTS, behind, 1)
        if found is None or found["import_id"] != query.import_id:
            return ImportFound()
        counts = await self._pool.fetchrow(_COUNTS, query.import_id)
        return ImportFound(entry=_entry(found), counts=ImportCounts(**dict(counts or {})))

    async def infractions(self, query: ListImported) -> ImportedPage:
        """A page by id, as many as fit into a message; the cursor is the last one of the page before."""
        conditions: list[Condition] = [
            (_IS_IMPORTED, None),
            (f"{_IMPORT_ID} = ?", query.import_id),
            ("id > ?", query.cursor or ""),
        ]
        rows = await page(self._pool, "select document from infractions", conditions, "id", query.limit)
        items = shown(Infraction.model_validate(row["document"]) for row in rows[: query.limit])
        return ImportedPage(items=items, next=items[-1].id if len(rows) > len(items) else None)


def _outcome(held: Infraction | None, row: ImportedRow) -> ImportOutcome:
    """A row that is of somebody else by now is refused: what is here of one stays theirs."""
    if held and row.token and row.token != keys_of(held)[0]:
        return "refused"
    return outcome_of(held, row.digest)


def _entry(row: asyncpg.Record) -> ImportEntry:
    """By any of its infractions, as they came within the same run."""
    imported = Imported.model_validate(row["imported"])
    return ImportEntry(
        import_id=row["import_id"],
        source=imported.source,
        at=imported.at,
        by=imported.by,
        infractions=row["infractions"],
    )
