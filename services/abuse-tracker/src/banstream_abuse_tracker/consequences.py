"""The sink that turns crossings into commands for infractions: a ban, or a request for review."""

import asyncio
from collections.abc import Iterator, Sequence

import asyncpg
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind

from banstream_abuse_tracker.domain.identifying import ban_command_id, request_command_id, settle_command_id
from banstream_abuse_tracker.domain.incidents import TRACKER
from banstream_contracts import headers, streams
from banstream_contracts.commands.command import Command
from banstream_contracts.commands.infractions import IssueInfraction, OpenRequest
from banstream_contracts.commands.requests import RejectRequest
from banstream_contracts.events.abuse import ABUSE_EVENT, AbuseThresholdReached
from banstream_contracts.infractions import Lifetime, Punishment
from banstream_decider.events import event_of
from banstream_event_log.events import LoggedEvent
from banstream_event_log.relay import remembered_position
from banstream_runtime.commanding import store_command
from banstream_runtime.telemetry import span


class Consequences:
    """Sends each command at least once; its id is the incident's, so that it happens once."""

    def __init__(self, jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._jetstream = jetstream
        self._connection = connection

    async def resume(self) -> int:
        """As far as the whole relay was: what comes again does nothing."""
        return await remembered_position(self._connection, headers.source(streams.ABUSE_TRACKER))

    async def deliver(self, events: Sequence[LoggedEvent]) -> None:
        """Publish and wait until all are stored."""
        reached = [each for each in events if each.type == "abuse.threshold_reached" and "ban" in each.data]
        commands = [(command, each) for each in reached for command in commands_for(each)]
        await asyncio.gather(*(self._send(command, cause) for command, cause in commands))

    async def _send(self, command: Command, cause: LoggedEvent) -> None:
        crossing = {"traceparent": cause.traceparent} if cause.traceparent else None
        with span(f"send {type(command).__name__}", crossing, SpanKind.PRODUCER):
            await store_command(self._jetstream, command)


def commands_for(logged: LoggedEvent) -> Iterator[Command]:
    """What a crossing asks of infractions; nothing of one that asks nothing, or that is withheld.

    A ban counts from the decision: by the time of an incident that was told late it may be over already. Where a ban
    holds that came after the incident, by staff or another policy, that is punishment enough.
    """
    event = event_of(logged, ABUSE_EVENT)
    if not isinstance(event, AbuseThresholdReached) or event.withheld or event.ban is None:
        return
    same = {"issued_at": logged.recorded_at, "actor": TRACKER, "correlation_id": logged.correlation_id}
    if event.action == "ban":
        lasting = event.ban.duration_seconds
        yield IssueInfraction(
            **same,
            command_id=ban_command_id(event.incident_id),
            infraction_id=event.ban.infraction_id,
            player=event.player,
            player_name=event.player_name,
            punishments=(Punishment.BAN,),
            lifetime=Lifetime.TIMED if lasting else Lifetime.PERMANENT,
            duration_seconds=lasting,
            reason=event.ban.reason,
            scope=event.ban.scope,
            server_id=event.server_id,
            category=_category(event.reason),
            severity=event.severity,
            evidence=event.evidence or _where_it_stands(event),
            policy_id=event.policy_id,
            unless_banned_since=event.occurred_at,
        )
    if event.action in {"ban", "review"} and event.request_id:
        yield OpenRequest(
            **same,
            command_id=request_command_id(event.incident_id),
            request_id=event.request_id,
            player=event.player,
            reason=event.ban.reason,
            server_id=event.server_id,
            incident_id=event.incident_id,
            suggested=event.ban,
        )
    if event.settles:
        yield RejectRequest(
            **same,
            command_id=settle_command_id(event.incident_id),
            request_id=event.settles,
            reason=_why_settled(event),
        )


def _category(reason: str) -> str | None:
    """A category begins with a letter or a digit, what a game server saw may begin with an underscore."""
    return reason.lstrip("_") or None


def _why_settled(event: AbuseThresholdReached) -> str:
    """For staff, who see it at a request that nobody of them rejected."""
    told = "settled: what others than credentials under review told is enough by itself"
    if event.action == "ban" and event.ban:
        return f"{told}, and banned: infraction {event.ban.infraction_id}, unless a later ban holds already"
    return f"{told}, see request {event.request_id}"


def _where_it_stands(event: AbuseThresholdReached) -> str:
    return f"incident {event.incident_id}, policy {event.policy_id} version {event.policy_version}"
