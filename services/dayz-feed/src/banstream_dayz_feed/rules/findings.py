"""What a rule found: an act of a player with its evidence. What follows from it is decided elsewhere."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from banstream_contracts.abuse import Mode
from banstream_contracts.infractions import Severity

MOST_EVIDENCE = 20
"""Lines kept with a finding: the first ones, and the last."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A line that proves something: `moment` is seconds since 1970 on the log's clock."""

    file: str
    offset: int
    moment: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One act against one rule. `measured` and `limit` are in `unit`; `at` is the moment the limit was passed."""

    rule: str
    version: int
    infraction_type: str
    severity: Severity
    mode: Mode
    server: str
    player: str
    player_id: str
    at: datetime
    measured: float
    limit: float
    unit: str
    detail: str
    evidence: tuple[Witness, ...]

    @property
    def file(self) -> str:
        """Where the first line of the evidence stands."""
        return self.evidence[0].file

    @property
    def offset(self) -> int:
        """At which byte of the file."""
        return self.evidence[0].offset

    @property
    def key(self) -> str:
        """32 hex digits, the same whenever the same bytes are read under the same rule."""
        parts = [self.server, self.rule, self.player_id, self.file, self.offset]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def document(self) -> dict[str, Any]:
        """For JSON; the evidence as the lines of the log."""
        return {
            "rule": self.rule,
            "infraction_type": self.infraction_type,
            "player": self.player,
            "player_id": self.player_id,
            "at": self.at.isoformat(),
            "measured": self.measured,
            "limit": self.limit,
            "evidence": [each.text for each in self.evidence],
            "unit": self.unit,
            "detail": self.detail,
            "severity": self.severity.value,
            "mode": self.mode.value,
            "server": self.server,
            "rule_version": self.version,
            "file": self.file,
            "offset": self.offset,
            "key": self.key,
        }


def bounded(evidence: list[Witness]) -> tuple[Witness, ...]:
    """The first lines and the last, as many as are kept."""
    if len(evidence) <= MOST_EVIDENCE:
        return tuple(evidence)
    return (*evidence[: MOST_EVIDENCE - 1], evidence[-1])
