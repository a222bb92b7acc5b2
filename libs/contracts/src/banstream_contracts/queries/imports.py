"""Reads of imports, and what one would do."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from banstream_contracts.infractions import Actor, Contract, Infraction
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.text import KeyHash, ShortId, SourceName

ImportOutcome = Literal["new", "changed", "same", "left", "refused"]
"""`new` is not here; `changed` has changed there since it was imported, `same` has not; `left` has changed there and
here, and stays as it is here. `refused` is here as something else, or of somebody else."""


class ImportedRow(Contract):
    """What is known of a row before it is imported: the id that it has here, and a digest of all that is told of it.

    `token`: of the player, or else of the address (see `OffenceCommand`); without it, nobody asks whose it is here.
    """

    infraction_id: ShortId
    digest: KeyHash
    token: str | None = None


class PreviewImport(Contract):
    """What would become of rows if they were imported now."""

    rows: Annotated[tuple[ImportedRow, ...], Field(max_length=500)]


class ImportPreview(Contract):
    """In the order of the rows."""

    outcomes: tuple[ImportOutcome, ...]


class ListImports(Contract):
    """Imports, the newest id first."""

    cursor: Cursor | None = None
    limit: PageLimit = 50


class ImportEntry(Contract):
    """An import, and how many infractions are of it: those that no later import has brought again.

    `at` and `by` are of one of them.
    """

    import_id: ShortId
    source: SourceName
    at: AwareDatetime
    by: Actor
    infractions: int


class ImportPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[ImportEntry, ...]
    next: str | None


class GetImport(Contract):
    """One import."""

    import_id: ShortId


class ImportCounts(Contract):
    """What stands of an import: `in_force` restrict by now, `undone` were taken back, `changed` changed here since."""

    in_force: int
    undone: int
    changed: int


class ImportFound(Contract):
    """The import, if there is one."""

    entry: ImportEntry | None = None
    counts: ImportCounts | None = None


class ListImported(Contract):
    """The infractions of an import by id, as they stand now."""

    import_id: ShortId
    cursor: Cursor | None = None
    limit: PageLimit = 50


class ImportedPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[Infraction, ...]
    next: str | None
