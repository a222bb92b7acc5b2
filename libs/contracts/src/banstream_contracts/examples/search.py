"""One instance of every message of staff's search and of evidence."""

from pydantic import BaseModel

from banstream_contracts import evidence
from banstream_contracts.examples import parts
from banstream_contracts.infractions import Punishment, Scope, Severity
from banstream_contracts.queries import abuse, search

_cursor = "1770493523000000-01948f6e79f0a1b2c3d4e5f6"
_content = "iVBORw0KGgo="

EXAMPLES: tuple[BaseModel, ...] = (
    search.SearchInfractions(
        search="aimbot",
        sealed_address=parts.SEALED,
        state="in_force",
        punishment=Punishment.BAN,
        category="aimbot",
        severity=Severity.HIGH,
        scope=Scope.GLOBAL,
        server_id=parts.SERVER_ID,
        player_service="roblox",
        issuer_id="01948a00000000000000cafe",
        since=parts.AT,
        until=parts.LATER,
        asked_by=parts.actor,
        cursor=_cursor,
        limit=20,
    ),
    search.SearchPage(
        items=(parts.infraction,), next=_cursor, total=1, unreadable=True, address_hash=parts.ADDRESS_HASH
    ),
    search.GetPersonal(player=parts.player, infraction_id=parts.INFRACTION_ID, asked_by=parts.actor),
    search.PersonalFound(
        items=(
            search.PersonalRecord(
                infraction_id=parts.INFRACTION_ID, sealed_address=parts.SEALED, sealed_name=parts.SEALED
            ),
        )
    ),
    search.GetInfractionStatistics(days=7, time_zone="America/Sao_Paulo"),
    search.InfractionStatistics(
        today=3,
        week=17,
        month=80,
        in_force=4000,
        by_category=(search.IssuedCount(category="aimbot", infractions=12),),
        by_hour=(search.HourCount(weekday=5, hour=21, bans=4),),
        requests={"open": 2, "approved": 7, "rejected": 1},
    ),
    abuse.GetAbuseStatistics(days=14),
    abuse.AbuseStatistics(
        items=(abuse.DetectionCount(reason="speed_hack", incidents=40, outcomes={"kicked": 3, "banned": 1}),),
        incidents=40,
        dismissed=2,
        is_whole=False,
    ),
    evidence.AttachEvidence(infraction_id=parts.INFRACTION_ID, content=_content, name="scoreboard.png", **parts.asked),
    evidence.EvidenceAttached(
        sha256=parts.FILE_HASH,
        media_type="image/png",
        size=48_213,
        file_name="scoreboard.png",
        **parts.about,
        **parts.where,
        **parts.occurred,
    ),
    evidence.GetEvidence(sha256=parts.FILE_HASH),
    evidence.EvidenceFound(
        found=evidence.EvidenceContent(media_type="image/png", content=_content, infraction_id=parts.INFRACTION_ID)
    ),
)
