"""One instance of every message of the wall."""

from pydantic import BaseModel

from banstream_contracts.examples import parts
from banstream_contracts.infractions import Lifetime, Severity
from banstream_contracts.queries import wall

_cursor = "1770493523000000-0123456789ab"
_ban = wall.WallBan(
    infraction_id=parts.INFRACTION_ID,
    player=parts.player,
    player_name="builderman",
    category="aimbot",
    severity=Severity.HIGH,
    reason="aimbot in ranked matches",
    lifetime=Lifetime.TIMED,
    issued_at=parts.AT,
    expires_at=parts.LATER,
    server_id=parts.SERVER_ID,
)
EXAMPLES: tuple[BaseModel, ...] = (
    wall.ListWall(
        search="aimbot",
        category="aimbot",
        severity=Severity.HIGH,
        since=parts.AT,
        until=parts.LATER,
        shown_until=parts.LATER,
        cursor=_cursor,
        limit=20,
    ),
    wall.WallPage(items=(_ban,), next=_cursor, total=1, is_total_exact=False),
    wall.GetWallStatistics(days=7, time_zone="America/Sao_Paulo", shown_until=parts.LATER),
    wall.WallStatistics(
        total=1,
        by_type=(wall.TypeCount(category="aimbot", severity=Severity.HIGH, bans=1),),
        by_day=(wall.DayCount(day=parts.AT.date(), bans=1),),
    ),
)
