"""What takes back what somebody did, as the gateway and the console ask for it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from pydantic import TypeAdapter

from banstream_contracts.accounts import Login, account_id
from banstream_contracts.commands.infractions import AmendInfraction, LiftInfraction, ReinstateInfraction
from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.infractions import Actor
from banstream_contracts.players import parse_player
from banstream_contracts.queries.undoing import Doer, Done
from banstream_contracts.text import ShortId
from banstream_runtime.identifiers import new_id

UndoingCommand: TypeAlias = LiftInfraction | ReinstateInfraction | AmendInfraction

CLOCKS_DIFFER = timedelta(seconds=2)
"""At most, where they are kept (docs/operations.md): what is done from now on may be recorded as so much earlier."""

_FORMS = "person:LOGIN, token:ID, server:ID, system:ID, admin:SERVICE:ID or policy:ID"
_LOGIN = TypeAdapter[str](Login)
_SHORT_ID = TypeAdapter[str](ShortId)
_IS_SHORT_ID = re.compile("[0-9a-f]{24}")


@dataclass(frozen=True, slots=True)
class Undoer:
    """Who takes it back, and why."""

    actor: Actor
    correlation_id: UUID
    reason: str


def doer_of(text: str) -> Doer:
    """`person:ada`, `token:ID`, `server:ID`, `system:ID`, `admin:steam:ID`, `policy:ID`. Raises ValueError.

    A person is named by what they sign in with or by the id of their account, and `person:discord:ID` by what they are
    in Discord.
    """
    kind, _, named = text.partition(":")
    try:
        return _doer(kind, named)
    except ValueError:
        raise ValueError(f"is written {_FORMS}") from None


def undoing(done: Done, undoer: Undoer) -> UndoingCommand | None:
    """The command that takes it back, unless the infraction has changed meanwhile; None where nothing is to be done.

    What they imported is taken back as the import would be, so that a later one may bring it again.
    """
    infraction = done.infraction
    common = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": undoer.actor,
        "correlation_id": undoer.correlation_id,
        "infraction_id": infraction.id,
        "seen_position": infraction.position,
    }
    match done.undo:
        case "lift":
            is_theirs = infraction.is_as_imported and InfractionImported.model_fields["type"].default in done.did
            import_id = infraction.imported.import_id if is_theirs and infraction.imported else None
            return LiftInfraction(**common, reason=undoer.reason, import_id=import_id)
        case "reinstate":
            put_back = {"changes": done.changes, "as_imported": done.as_imported}
            return ReinstateInfraction(**common, **put_back, reason=undoer.reason)
        case "amend":
            return AmendInfraction(**common, changes=done.changes, as_imported=done.as_imported)
        case "left" | "unchanged":
            return None


def _doer(kind: str, named: str) -> Doer:
    match kind:
        case "person":
            return Doer(kind="person", id=_person_id(named))
        case "token" | "server":
            return Doer(kind=kind, id=_SHORT_ID.validate_python(named))
        case "system":
            return Doer(kind="system", id=named)
        case "admin":
            return Doer(admin=parse_player(named))
        case "policy":
            return Doer(policy_id=named)
        case _:
            raise ValueError(kind)


def _person_id(named: str) -> str:
    if named.startswith("discord:"):
        return str(parse_player(named))
    return named if _IS_SHORT_ID.fullmatch(named) else account_id(_LOGIN.validate_python(named.lower()))
