"""One instance of every message of the log feed."""

from typing import Any

from pydantic import BaseModel

from banstream_contracts.abuse import Mode
from banstream_contracts.commands import log_sources as log_source_commands
from banstream_contracts.events import log_sources as log_source_events
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Severity
from banstream_contracts.log_sources import Login, LogSource, LogSourceKind, LogSourceStatus
from banstream_contracts.players import Player
from banstream_contracts.queries import log_sources as log_source_queries

_SOURCE_ID = "01948f6e79f0aaaabbbbdddd"
_described: dict[str, Any] = {
    "name": "Chernarus",
    "server_id": parts.SERVER_ID,
    "login": Login(
        kind=LogSourceKind.SFTP,
        host="files.example.net",
        port=2022,
        user="ni1_1",
        folder="/dayzxb/config",
        fingerprint="SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        checks_certificate=False,
    ),
    "time_zone": "America/Sao_Paulo",
    "poll_seconds": 30,
    "look_back_seconds": 900,
    "rules": {"build_rate": {"limit": 12, "mode": "act"}},
}
_told: dict[str, Any] = {"source_id": _SOURCE_ID, "name": "Chernarus", "server_id": parts.SERVER_ID}
source = LogSource(
    id=_SOURCE_ID,
    status=LogSourceStatus.PAUSED,
    created_at=parts.AT,
    created_by=parts.actor,
    changed_at=parts.LATER,
    version=4,
    **_described,
)
_FILE = "DayZServer_X1_x64_2026-08-25_21-03-13.ADM"
_PLAYER_ID = "0123456789ABCDEF0123456789ABCDEF01234567"
_progress = log_source_queries.LogSourceProgress(
    file=_FILE,
    offset=4096,
    size=5000,
    last_line_at=parts.AT,
    lines=60,
    unknown_lines=1,
    polled_at=parts.LATER,
    failing_since=parts.LATER,
    last_error="files.example.net: No connection could be made: no answer within 30 s",
    note="the log is shorter than what was read of it",
    findings=2,
)
_finding = log_source_queries.LogFinding(
    key="0123456789abcdef0123456789abcdef",
    rule="build_rate",
    category="lag_machine",
    severity=Severity.CRITICAL,
    mode=Mode.RECORD,
    player=Player(service="dayz", id=_PLAYER_ID),
    player_id=_PLAYER_ID,
    player_name="Survivor",
    at=parts.AT,
    found_at=parts.LATER,
    is_late=True,
    summary="15 placed in 60 s",
    file=_FILE,
    offset=1024,
    evidence=('21:04:45 | Player "Survivor" placed Fence Kit<FenceKit>',),
    incident_id=parts.INCIDENT_ID,
    status=log_source_queries.FindingStatus.REFUSED,
    message="the policy default knows no reason lag_machines",
)
_found = log_source_queries.LogSourceFound(
    source=source, progress=_progress, unreadable="source.login.kind: Input should be 'ftp' or 'sftp'"
)
_asked: dict[str, Any] = {"source_id": _SOURCE_ID, **parts.asked}
EXAMPLES: tuple[BaseModel, ...] = (
    log_source_commands.AddLogSource(sealed_secret=parts.SEALED, **_described, **_asked),
    log_source_commands.ChangeLogSource(sealed_secret=parts.SEALED, **_described, **_asked),
    log_source_commands.PauseLogSource(reason="the host is moving", **_asked),
    log_source_commands.ResumeLogSource(**_asked),
    log_source_commands.RemoveLogSource(reason="the server is gone", **_asked),
    log_source_events.LogSourceAdded(source_id=_SOURCE_ID, sealed_secret=parts.SEALED, **_described, **parts.occurred),
    log_source_events.LogSourceChanged(
        source_id=_SOURCE_ID, sealed_secret=parts.SEALED, **_described, **parts.occurred
    ),
    log_source_events.LogSourcePaused(reason="the host is moving", **_told, **parts.occurred),
    log_source_events.LogSourceResumed(**_told, **parts.occurred),
    log_source_events.LogSourceRemoved(reason="the server is gone", **_told, **parts.occurred),
    log_source_queries.GetLogSource(source_id=_SOURCE_ID),
    log_source_queries.ListLogSources(cursor=parts.cursor, limit=20),
    _found,
    log_source_queries.LogSourcePage(
        items=(_found,),
        next=parts.cursor,
        unreadable=(_SOURCE_ID,),
    ),
    log_source_queries.TestLogSource(source_id=_SOURCE_ID),
    log_source_queries.LogSourceTested(is_known=True, error="no logs", logs=3, newest=_FILE),
    log_source_queries.ListFindings(
        source_id=_SOURCE_ID, status=log_source_queries.FindingStatus.REFUSED, cursor=parts.cursor, limit=20
    ),
    log_source_queries.FindingPage(items=(_finding,), next=parts.cursor, unreadable=("6f" * 16,)),
)
