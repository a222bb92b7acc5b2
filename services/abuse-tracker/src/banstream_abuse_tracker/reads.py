"""Answers to queries, straight from the read models and the log."""

from datetime import UTC, datetime

import asyncpg

from banstream_abuse_tracker import projection
from banstream_abuse_tracker.domain.batch import stream_of
from banstream_abuse_tracker.domain.counting import count_now
from banstream_abuse_tracker.domain.record import PlayerState, abuse_of, tally_in
from banstream_abuse_tracker.statistics import statistics
from banstream_abuse_tracker.trying import simulated
from banstream_contracts.abuse import AbuseRecord
from banstream_contracts.events.abuse import ABUSE_EVENT, AbuseDetected
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.queries.abuse import (
    AbuseFound,
    AbuseStatistics,
    FindIncident,
    GetAbuse,
    GetAbuseStatistics,
    GetPolicy,
    IncidentFound,
    ListProtected,
    PolicyFound,
    PolicyList,
    ProtectedPage,
    ProtectedPlayer,
)
from banstream_contracts.queries.simulation import PolicySimulated, SimulatePolicy
from banstream_decider.events import event_of
from banstream_decider.paging import Condition, page
from banstream_event_log.connections import Connection
from banstream_event_log.erasure import opened
from banstream_event_log.events import LoggedEvent
from banstream_event_log.log import logged_event

_LAST_VERSION = 2**31 - 1
_DISMISSED = """
    select incident_id, bool_and(type = 'abuse.dismissed') as is_dismissed from (
        select distinct on (incident_id) incident_id::text, type
        from event_log, jsonb_array_elements_text(data -> 'incident_ids') as incident_id
        where stream = $1 and type in ('abuse.dismissed', 'abuse.restored')
        order by incident_id, version desc
    ) as last group by incident_id
"""


class Reads:
    """Read-only; works on every process, leading or not."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def abuse(self, query: GetAbuse) -> AbuseFound:
        """Where a player stands, and a page of incidents; the cursor is a version of the player's stream."""
        stream = stream_of(query.player)
        conditions: list[Condition] = [("stream = ?", stream), ("type = 'abuse.detected'", None)]
        if query.cursor and query.cursor.isdecimal():
            conditions.append(("version < ?", min(int(query.cursor), _LAST_VERSION)))
        async with self._pool.acquire() as connection:
            known = (await projection.known_players(connection, [stream])).get(stream)
            version = (await projection.all_policies(connection)).for_server(query.server_id)
            rows = await page(connection, "select * from event_log", conditions, "version desc", query.limit)
            dismissed = await _dismissed(connection, stream)
            shown = await opened(connection, [logged_event(row) for row in rows[: query.limit]])
        state = known.player if known else PlayerState()
        return AbuseFound(
            abuse=abuse_of(query.player, state),
            policy=version,
            count=count_now(tally_in(state, version.policy_id), version.policy, datetime.now(UTC)),
            records=tuple(record for each in shown if (record := _record(each, dismissed))),
            next=str(shown[-1].version) if len(rows) > query.limit else None,
        )

    async def incident(self, query: FindIncident) -> IncidentFound:
        """By the index on command ids."""
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                "select * from event_log where command_id = $1 and ordinal = 0 and type = 'abuse.detected'",
                query.incident_id,
            )
            if row is None:
                return IncidentFound(player=None, record=None)
            (logged,) = await opened(connection, [logged_event(row)])
            dismissed = await _dismissed(connection, logged.stream)
        event = event_of(logged, ABUSE_EVENT)
        player = event.player if isinstance(event, AbuseDetected) else None
        return IncidentFound(player=player, record=_record(logged, dismissed))

    async def policies(self) -> PolicyList:
        """Those in force."""
        async with self._pool.acquire() as connection:
            in_force = (await projection.all_policies(connection)).in_force
        return PolicyList(items=tuple(in_force[policy_id] for policy_id in sorted(in_force)))

    async def policy(self, query: GetPolicy) -> PolicyFound:
        """By its id, else by a server."""
        async with self._pool.acquire() as connection:
            policies = await projection.all_policies(connection)
        if query.policy_id is None:
            return PolicyFound(policy=policies.for_server(query.server_id))
        if query.version is None:
            return PolicyFound(policy=policies.in_force.get(query.policy_id))
        try:
            policy = policies.version(query.policy_id, query.version)
        except LookupError:
            return PolicyFound(policy=None)
        return PolicyFound(policy=PolicyVersion(policy_id=query.policy_id, version=query.version, policy=policy))

    async def simulated(self, query: SimulatePolicy) -> PolicySimulated:
        """A draft beside what holds."""
        return await simulated(self._pool, query, datetime.now(UTC))

    async def protected(self, query: ListProtected) -> ProtectedPage:
        """A page by player; the cursor is the hex of the last one's token."""
        conditions: list[Condition] = []
        if query.cursor:
            conditions.append(("encode(sha256(convert_to(player_token, 'UTF8')), 'hex') > ?", query.cursor))
        order = "encode(sha256(convert_to(player_token, 'UTF8')), 'hex')"
        rows = await page(
            self._pool, f"select {order} as place, document from protected_players", conditions, order, query.limit
        )
        shown = rows[: query.limit]
        return ProtectedPage(
            items=tuple(ProtectedPlayer.model_validate(row["document"]) for row in shown),
            next=shown[-1]["place"] if len(rows) > query.limit else None,
        )

    async def statistics(self, query: GetAbuseStatistics) -> AbuseStatistics:
        """What was detected lately, and what became of it."""
        return await statistics(self._pool, query)


async def _dismissed(connection: Connection, stream: str) -> frozenset[str]:
    rows = await connection.fetch(_DISMISSED, stream)
    return frozenset(row["incident_id"] for row in rows if row["is_dismissed"])


def _record(logged: LoggedEvent, dismissed: frozenset[str]) -> AbuseRecord | None:
    event = event_of(logged, ABUSE_EVENT)
    if not isinstance(event, AbuseDetected):
        return None
    return AbuseRecord(
        incident_id=event.incident_id,
        reason=event.reason,
        occurred_at=event.occurred_at,
        recorded_at=logged.recorded_at,
        details=event.details,
        session_id=event.session_id,
        server_id=event.server_id,
        policy_id=event.policy_id,
        weight=event.weight,
        counted=event.counted,
        dismissed=str(event.incident_id) in dismissed,
        under_review=event.under_review,
        severity=event.severity,
        mode=event.mode,
        summary=event.summary,
    )
