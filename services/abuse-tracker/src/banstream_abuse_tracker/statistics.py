"""What was detected lately, and what became of it: counted in the log, from its newest row back."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import asyncpg

from banstream_contracts.queries.abuse import AbuseStatistics, DetectionCount, DetectionOutcome, GetAbuseStatistics

MOST_LOOKED_AT = 20_000
"""Events of each kind: what a busy community detects in a day or two."""
_MOST_REASONS = 20

_KINDS = ("abuse.detected", "abuse.threshold_reached", "abuse.dismissed", "abuse.restored")
_NEWEST = " union all ".join(
    f"(select position, type, data, recorded_at from event_log where type = '{kind}' order by position desc limit $2)"
    for kind in _KINDS
)
_ROWS = f"""
    select type, data ->> 'reason' as reason, data ->> 'action' as action, data ->> 'withheld' as withheld,
        data ->> 'incident_id' as incident_id, data -> 'incident_ids' as incident_ids
    from ({_NEWEST}) as newest where recorded_at >= $1 order by position
"""
_ACTIONS: dict[str, DetectionOutcome] = {"kick": "kicked", "ban": "banned", "review": "review"}


async def statistics(pool: "asyncpg.Pool[asyncpg.Record]", query: GetAbuseStatistics) -> AbuseStatistics:
    """Of the last days, or of the newest ones where there are more; `dismissed` are those of them that still are."""
    rows = await pool.fetch(_ROWS, datetime.now(UTC) - timedelta(days=query.days), MOST_LOOKED_AT)
    incidents: Counter[str] = Counter()
    outcomes: defaultdict[str, Counter[DetectionOutcome]] = defaultdict(Counter)
    detected: set[str] = set()
    dismissed: set[str] = set()
    for row in rows:
        match row["type"]:
            case "abuse.detected":
                incidents[row["reason"]] += 1
                detected.add(row["incident_id"])
            case "abuse.threshold_reached":
                outcomes[row["reason"]][outcome_of(row["action"], row["withheld"])] += 1
            case "abuse.dismissed":
                dismissed.update(row["incident_ids"])
            case _:
                dismissed.difference_update(row["incident_ids"])
    reasons = sorted({*incidents, *outcomes}, key=lambda reason: (-incidents[reason], reason))
    return AbuseStatistics(
        items=tuple(
            DetectionCount(reason=reason, incidents=incidents[reason], outcomes=dict(outcomes[reason]))
            for reason in reasons[:_MOST_REASONS]
        ),
        incidents=incidents.total(),
        dismissed=len(detected & dismissed),
        is_whole=incidents.total() < MOST_LOOKED_AT,
    )


def outcome_of(action: str, withheld: str | None) -> DetectionOutcome:
    """What a crossing led to, or why to nothing."""
    match withheld:
        case "shadow":
            return "shadow"
        case "protected":
            return "protected"
        case _:
            return _ACTIONS.get(action, "warned")
