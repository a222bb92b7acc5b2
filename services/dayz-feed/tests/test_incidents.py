"""What the abuse tracker is told of a finding."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from banstream_contracts.abuse import DETAILS_LIMIT_BYTES, Mode
from banstream_contracts.infractions import Severity
from banstream_contracts.queries.log_sources import FindingStatus
from banstream_dayz_feed.incidents import is_late, known_finding, record_command
from banstream_dayz_feed.rules.findings import MOST_EVIDENCE, Finding, Witness

NOW = datetime(2026, 8, 25, 21, tzinfo=UTC)
BOUND = timedelta(minutes=30)
FINDING = Finding(
    rule="build_rate",
    version=1,
    infraction_type="lag_machine",
    severity=Severity.CRITICAL,
    mode=Mode.ACT,
    server="01948a00000000000000beef",
    player="Survivor",
    player_id="0" * 40,
    at=NOW - timedelta(minutes=1),
    measured=11,
    limit=10,
    unit="per 60 s",
    detail="11 placed in 60 s",
    evidence=(Witness("a.ADM", 10, 0, "21:00:01 | placed"), Witness("a.ADM", 90, 1, "21:00:02 | placed")),
)


def test_a_finding_is_an_incident_with_its_evidence() -> None:
    known = known_finding(FINDING, NOW, BOUND)
    command = record_command(FINDING, known)
    assert command is not None
    (incident,) = command.incidents
    assert command.server_id == FINDING.server
    assert (incident.reason, incident.severity, incident.mode) == ("lag_machine", Severity.CRITICAL, Mode.ACT)
    assert (incident.summary, incident.player_name, incident.occurred_at) == (
        "11 placed in 60 s",
        "Survivor",
        FINDING.at,
    )
    assert incident.details is not None
    assert incident.details["evidence"] == ["[1970-01-01 00:00:00] placed", "[1970-01-01 00:00:01] placed"]


OTHER = f'Player "Other" (id={"1" * 40} pos=<1, 2, 3>)'


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            f'20:15:32 | Player "Survivor" (id={"0" * 40} pos=<4117, 10504.5, 238.1>) placed Fence Kit<FenceKit>',
            "Survivor <4117, 10504.5, 238.1> placed Fence Kit<FenceKit>",
        ),
        (
            f'20:15:32 | Player "Survivor" (id={"0" * 40} pos=<1, 2, 3>)Built base on Fence with Hatchet',
            "Survivor <1, 2, 3> Built base on Fence with Hatchet",
        ),
        (f'20:15:32 | Player "Survivor"(id={"0" * 40}) has been disconnected', "Survivor has been disconnected"),
        (
            f'20:15:32 | {OTHER} killed by Player "Survivor" (id={"0" * 40} pos=<4, 5, 6>) with M4-A1 from 9 meters ',
            f"{OTHER} killed by Survivor <4, 5, 6> with M4-A1 from 9 meters",
        ),
        ("something of a mod", "something of a mod"),
    ],
    ids=["placed", "built", "left", "killed", "unknown"],
)
def test_evidence_says_the_day_and_leaves_out_the_id_that_the_ban_has(line: str, told: str) -> None:
    finding = replace(FINDING, evidence=(Witness("a.ADM", 0, 1770495332, line),))
    command = record_command(finding, known_finding(finding, NOW, BOUND))
    assert command is not None
    assert command.incidents[0].details is not None
    assert command.incidents[0].details["evidence"] == [f"[2026-02-07 20:15:32] {told}"]
    assert known_finding(finding, NOW, BOUND).evidence == (line.strip(),)


def test_the_same_finding_is_the_same_command_whenever_it_is_read() -> None:
    first = record_command(FINDING, known_finding(FINDING, NOW, BOUND))
    later = record_command(FINDING, known_finding(FINDING, NOW + timedelta(days=1), BOUND))
    other = replace(FINDING, evidence=FINDING.evidence[1:])
    third = record_command(other, known_finding(other, NOW, BOUND))
    assert first is not None
    assert later is not None
    assert third is not None
    assert (first.command_id, first.incidents[0].incident_id) == (later.command_id, later.incidents[0].incident_id)
    assert third.command_id != first.command_id


@pytest.mark.parametrize(
    ("minutes", "late"),
    [(0, False), (30, False), (30.1, True), (600, True), (-4.9, False), (-5.1, True), (-180, True)],
)
def test_what_is_old_or_ahead_of_time_never_acts(minutes: float, late: bool) -> None:
    finding = replace(FINDING, at=NOW - timedelta(minutes=minutes))
    assert is_late(finding, NOW, BOUND) is late
    known = known_finding(finding, NOW, BOUND)
    command = record_command(finding, known)
    assert command is not None
    assert (known.is_late, command.incidents[0].mode) == (late, Mode.RECORD if late else Mode.ACT)


@pytest.mark.parametrize("player_id", ["", "x", "Unknown", "0" * 43, "é" * 44])
def test_somebody_who_cannot_be_a_player_is_nobody_and_nothing_is_told(player_id: str) -> None:
    finding = replace(FINDING, player_id=player_id)
    known = known_finding(finding, NOW, BOUND)
    assert (known.status, record_command(finding, known)) == (FindingStatus.NOBODY, None)


@example(["日" * 9000] * MOST_EVIDENCE, "n", "d")
@given(st.lists(st.text(max_size=9000), min_size=1, max_size=MOST_EVIDENCE), st.text(max_size=300), st.text())
def test_whatever_a_log_holds_makes_a_command(lines: list[str], name: str, detail: str) -> None:
    evidence = tuple(Witness("a.ADM", number, 0, line) for number, line in enumerate(lines))
    finding = replace(FINDING, evidence=evidence, player=name, detail=detail)
    command = record_command(finding, known_finding(finding, NOW, BOUND))
    assert command is not None
    assert len(command.model_dump_json()) < 4 * DETAILS_LIMIT_BYTES
    details = json.dumps(command.incidents[0].details, ensure_ascii=False, separators=(",", ":"))
    assert len(details.encode()) <= DETAILS_LIMIT_BYTES
