"""What the stand-in for infractions knows of imports."""

from collections.abc import Mapping
from typing import Any

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import ImportInfraction
from banstream_contracts.infractions import Imported, Infraction, Lifetime
from banstream_contracts.players import address_token
from banstream_contracts.queries.imports import (
    GetImport,
    ImportCounts,
    ImportedPage,
    ImportedRow,
    ImportEntry,
    ImportFound,
    ImportPage,
    ImportPreview,
    ListImported,
    PreviewImport,
)


def taken_over(command: ImportInfraction, position: int) -> Infraction:
    """The infraction that an import makes."""
    origin = Imported(
        import_id=command.import_id,
        source=command.source,
        row=command.row,
        digest=command.digest,
        at=command.issued_at,
        by=command.actor,
        position=position,
    )
    return Infraction(
        id=command.infraction_id,
        player=command.player,
        address_hash=command.address.hash if command.address else None,
        punishments=command.punishments,
        lifetime=Lifetime.TIMED if command.ends_at else Lifetime.PERMANENT,
        expires_at=command.ends_at,
        reason=command.reason,
        scope=command.scope,
        issuer=command.actor,
        issued_at=command.began_at or command.issued_at,
        imported=origin,
        position=position,
    )


def found_imports(subject: str, payload: bytes, infractions: Mapping[str, Infraction]) -> Any:
    """The answer to a question about imports; None to another. Pages hold two infractions."""
    match subject:
        case subjects.QUERY_IMPORT_PREVIEW:
            rows = PreviewImport.model_validate_json(payload).rows
            return ImportPreview(outcomes=tuple(_outcome(infractions.get(each.infraction_id), each) for each in rows))
        case subjects.QUERY_IMPORTED:
            asked = ListImported.model_validate_json(payload)
            items = [each for each in _of(asked.import_id, infractions) if each.id > (asked.cursor or "")]
            return ImportedPage(items=tuple(items[:2]), next=items[1].id if len(items) > 2 else None)
        case subjects.QUERY_IMPORT:
            items = _of(GetImport.model_validate_json(payload).import_id, infractions)
            counts = ImportCounts(in_force=len(items), undone=0, changed=0)
            return ImportFound(entry=_entry(items), counts=counts) if items else ImportFound()
        case subjects.QUERY_IMPORTS:
            ids = {each.imported.import_id for each in infractions.values() if each.imported}
            return ImportPage(items=tuple(_entry(_of(each, infractions)) for each in sorted(ids)), next=None)
        case _:
            return None


def _of(import_id: str, infractions: Mapping[str, Infraction]) -> list[Infraction]:
    held = [each for each in infractions.values() if each.imported and each.imported.import_id == import_id]
    return sorted(held, key=lambda each: each.id)


def _entry(items: list[Infraction]) -> ImportEntry:
    [origin, *_] = [each.imported for each in items if each.imported]
    return ImportEntry(
        import_id=origin.import_id, source=origin.source, at=origin.at, by=origin.by, infractions=len(items)
    )


def _outcome(held: Infraction | None, row: ImportedRow) -> Any:
    if held is None or held.imported is None:
        return "new"
    if row.token != (held.player.token if held.player else address_token(held.address_hash or "")):
        return "refused"
    return "same" if held.imported.digest == row.digest else "changed"
