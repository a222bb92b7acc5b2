"""One instance of every message about imports."""

from pydantic import BaseModel

from banstream_contracts.commands.infractions import ImportInfraction
from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Lifetime, LiftedBefore
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
    ListImports,
    PreviewImport,
)
from banstream_contracts.sealed import SealedAddress

_offence = {name: value for name, value in parts.offence.items() if name not in {"lifetime", "duration_seconds"}}
_lifted = LiftedBefore(at=parts.LATER, by="Old Admin", reason="appeal granted")
_command = ImportInfraction(
    infraction_id=parts.INFRACTION_ID,
    player=parts.player,
    sealed_name=parts.SEALED,
    address=SealedAddress(hash=parts.ADDRESS_HASH, sealed=parts.SEALED),
    began_at=parts.AT,
    ends_at=parts.LATER,
    issued_by="Old Admin",
    lifted=_lifted,
    **parts.origin,
    **_offence,
    **parts.asked,
)
_entry = ImportEntry(import_id=parts.IMPORT_ID, source="sourcebans", at=parts.AT, by=parts.actor, infractions=9_812)
EXAMPLES: tuple[BaseModel, ...] = (
    _command,
    InfractionImported(
        sealed_name=parts.SEALED,
        sealed_address=parts.SEALED,
        address_expires_at=parts.LATER,
        lifetime=Lifetime.TIMED,
        duration_seconds=86_400,
        expires_at=parts.LATER,
        issued_at=parts.AT,
        issued_by="Old Admin",
        lifted=_lifted,
        **parts.origin,
        **_offence,
        **parts.about,
        **parts.occurred,
    ),
    PreviewImport(
        rows=(ImportedRow(infraction_id=parts.INFRACTION_ID, digest=parts.FINGERPRINT, token=parts.player.token),)
    ),
    ImportPreview(outcomes=("left",)),
    ListImports(cursor=parts.cursor, limit=20),
    ImportPage(items=(_entry,), next=parts.cursor),
    GetImport(import_id=parts.IMPORT_ID),
    ImportFound(entry=_entry, counts=ImportCounts(in_force=4_004, undone=1, changed=17)),
    ListImported(import_id=parts.IMPORT_ID, cursor=parts.cursor, limit=20),
    ImportedPage(items=(parts.infraction,), next=parts.cursor),
)
