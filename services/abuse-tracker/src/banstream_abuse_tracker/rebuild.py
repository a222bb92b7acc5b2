"""The read models of the abuse tracker, made anew from the log."""

from collections.abc import Sequence

import asyncpg

from banstream_abuse_tracker import projection
from banstream_abuse_tracker.domain.batch import Known
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, evolve
from banstream_contracts.events.abuse import (
    ABUSE_EVENT,
    AnyPolicyEvent,
    PlayerEvent,
    PlayerProtected,
    PlayerUnprotected,
)
from banstream_decider import rebuilding
from banstream_decider.events import event_of
from banstream_decider.rebuilding import Progress, rebuilt
from banstream_event_log.events import OpenedEvent
from banstream_event_log.statements import write

_TABLES = (projection.PLAYERS, projection.POLICIES, projection.PROTECTED)


async def rebuild(dsn: str, schema: str, role: str, progress: Progress) -> int:
    """Rebuild as an administrator; returns the position reached."""
    policies = Policies()

    async def apply(connection: "asyncpg.Connection[asyncpg.Record]", page: Sequence[OpenedEvent]) -> None:
        """One page: fetch whom it changes, change them in memory, put them back."""
        nonlocal policies
        streams = {logged.stream for logged in page if logged.stream.startswith("player:")}
        players = await projection.known_players(connection, streams, rebuilt(projection.PLAYERS))
        of_policies: list[AnyPolicyEvent] = []
        protections: list[PlayerProtected | PlayerUnprotected] = []
        for logged in page:
            event = event_of(logged, ABUSE_EVENT)
            if not isinstance(event, PlayerEvent):
                policies = policies.after(event)
                of_policies.append(event)
                continue
            known = players.get(logged.stream) or Known(0, PlayerState())
            players[logged.stream] = Known(logged.version, evolve(known.player, event, policies))
            if isinstance(event, PlayerProtected | PlayerUnprotected):
                protections.append(event)
        await write(connection, projection.putting_players(players, rebuilt(projection.PLAYERS)))
        await projection.put_policies(connection, of_policies, rebuilt(projection.POLICIES))
        await projection.put_protections(connection, protections, rebuilt(projection.PROTECTED))

    return await rebuilding.rebuild(dsn, schema, role, _TABLES, apply, progress)
