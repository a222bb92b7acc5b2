"""What the abuse tracker is told of a finding. Pure: the same finding is the same incident for ever."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from banstream_contracts.abuse import DETAILS_LIMIT_BYTES, Incident, Mode
from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.infractions import Actor
from banstream_contracts.log_sources import SERVICE
from banstream_contracts.players import Player
from banstream_contracts.queries.log_sources import FindingStatus, LogFinding
from banstream_contracts.text import blank_control_characters
from banstream_dayz_feed.rules.findings import Finding, Witness

FEED = Actor(kind="system", id=SERVICE)
MOST_AHEAD = timedelta(minutes=5)
"""A line that is further ahead of our clock has another time zone than the source says."""

_INCIDENT = UUID("6f0c9a52-1d0e-5c9b-9a77-2b8e64f1c3d4")
_LONGEST_LINE = 300
_LONGEST_NAME = 128
_LONGEST_SUMMARY = 500
_SPARE_BYTES = 64
_CLOCK = re.compile(r"^[ 0-9]?[0-9]:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? \| ")


def incident_id(key: str) -> UUID:
    """Of a finding."""
    return uuid5(_INCIDENT, f"incident {key}")


def command_id(key: str) -> UUID:
    """Of the command that tells it."""
    return uuid5(_INCIDENT, f"record {key}")


def is_late(finding: Finding, now: datetime, look_back: timedelta) -> bool:
    """Whether it may not act: nobody can say that it is still true, or when it was."""
    return not -MOST_AHEAD <= now - finding.at <= look_back


def known_finding(finding: Finding, now: datetime, look_back: timedelta) -> LogFinding:
    """A finding as it is kept and shown."""
    late = is_late(finding, now, look_back)
    player = _player(finding.player_id)
    return LogFinding(
        key=finding.key,
        rule=finding.rule,
        category=finding.infraction_type,
        severity=finding.severity,
        mode=Mode.RECORD if late else finding.mode,
        player=player,
        player_id=_clean(finding.player_id, _LONGEST_NAME),
        player_name=_clean(finding.player, _LONGEST_NAME),
        at=finding.at.astimezone(UTC),
        found_at=now,
        is_late=late,
        summary=_clean(finding.detail, _LONGEST_SUMMARY) or finding.rule,
        file=_clean(finding.file, _LONGEST_LINE),
        offset=finding.offset,
        evidence=tuple(_clean(each.text, _LONGEST_LINE) for each in finding.evidence),
        incident_id=incident_id(finding.key),
        status=FindingStatus.PENDING if player else FindingStatus.NOBODY,
    )


def record_command(finding: Finding, known: LogFinding) -> RecordIncidents | None:
    """What the abuse tracker is told; None of somebody who cannot be a player."""
    if known.player is None:
        return None
    incident = Incident(
        incident_id=known.incident_id,
        reported_id=known.key,
        player=known.player,
        player_name=known.player_name or None,
        reason=known.category,
        details=_details(finding, known),
        occurred_at=known.at,
        severity=known.severity,
        mode=known.mode,
        summary=known.summary,
    )
    return RecordIncidents(
        command_id=command_id(known.key),
        issued_at=known.found_at,
        actor=FEED,
        correlation_id=known.incident_id,
        server_id=finding.server,
        incidents=(incident,),
    )


def _details(finding: Finding, known: LogFinding) -> dict[str, Any]:
    details: dict[str, Any] = {
        "rule": finding.rule,
        "rule_version": finding.version,
        "measured": finding.measured,
        "limit": finding.limit,
        "unit": finding.unit,
        "file": known.file,
        "offset": finding.offset,
        "is_late": known.is_late,
        "evidence": [_told(each, finding) for each in finding.evidence],
    }
    while _bytes(details) > DETAILS_LIMIT_BYTES - _SPARE_BYTES:
        del details["evidence"][len(details["evidence"]) // 2]
    return details


def _told(witness: Witness, finding: Finding) -> str:
    """`[2026-02-07 19:45:23] Survivor <4117.1, 10504.5, 238.1> placed …`, the log's own clock (seed 3).

    The id, which the ban has, is not said again in each line; the raw line stays with the finding.
    """
    at = datetime.fromtimestamp(witness.moment, UTC)
    own = re.compile(
        rf'Player "{re.escape(finding.player)}" ?\(id={re.escape(finding.player_id)}(?: pos=(<[^>]*>))?\) ?'
    )
    text = own.sub(lambda block: f"{finding.player} {block[1] or ''}".rstrip() + " ", witness.text)
    return _clean(f"[{at:%Y-%m-%d %H:%M:%S}] {_CLOCK.sub('', text)}", _LONGEST_LINE)


def _bytes(details: dict[str, Any]) -> int:
    return len(json.dumps(details, ensure_ascii=False, separators=(",", ":")).encode())


def _player(player_id: str) -> Player | None:
    try:
        return Player(service="dayz", id=player_id)
    except ValidationError:
        return None


def _clean(text: str, most: int) -> str:
    return blank_control_characters(text).strip()[:most].strip()
