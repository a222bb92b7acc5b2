"""Ids that follow from an incident: the same whenever they are worked out, so that what follows happens once. Pure."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

_CONSEQUENCE = UUID("5b1f6e0c-9a34-5d27-8c11-7e4d0a3b6f58")


def ban_command_id(incident_id: UUID) -> UUID:
    """The id of the command that bans for an incident."""
    return uuid5(_CONSEQUENCE, f"ban {incident_id}")


def request_command_id(incident_id: UUID) -> UUID:
    """The id of the command that asks staff to look at an incident's crossing."""
    return uuid5(_CONSEQUENCE, f"request {incident_id}")


def settle_command_id(incident_id: UUID) -> UUID:
    """The id of the command that closes what an earlier crossing asked of staff."""
    return uuid5(_CONSEQUENCE, f"settle {incident_id}")


def infraction_id_of(incident_id: UUID, told_at: datetime) -> str:
    """The ban that an incident's crossing issues, or suggests: as new as the telling, however late that was."""
    return _short_id("infraction", incident_id, told_at)


def request_id_of(incident_id: UUID, told_at: datetime) -> str:
    """The request for review that an incident's crossing opens: among the newest, however late it was told."""
    return _short_id("request", incident_id, told_at)


def _short_id(of: str, incident_id: UUID, at: datetime) -> str:
    """24 hex digits, time-ordered."""
    milliseconds = max(int(at.timestamp() * 1000), 0)
    return f"{milliseconds:012x}{sha256(f'{of} {incident_id}'.encode()).hexdigest()[:12]}"
