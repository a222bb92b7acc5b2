"""Decisions on time: what is served while connected, and what has reached its end. Pure."""

from datetime import datetime

from banstream_contracts.commands.infractions import ServeTime
from banstream_contracts.events.infractions import InfractionExpired, InfractionServed
from banstream_contracts.infractions import Actor, Infraction, Lifetime, Status
from banstream_infractions.domain.reach import concerns, unknown
from banstream_infractions.domain.record import Decision, Record

EXPIRY = Actor(kind="system", id="expiry")


def serve(command: ServeTime, record: Record, now: datetime) -> Decision:
    """Take time connected off an infraction; nothing of one that does not count it, or not on that server.

    At nothing left it ends.
    """
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    counts = (
        infraction.lifetime is Lifetime.ONLINE
        and infraction.is_in_force(now)
        and concerns(infraction, command.server_id, include_other_servers=True)
    )
    if not counts:
        return Decision(touched=(infraction.id,))
    before = infraction.time_left_seconds or 0
    left = max(0, before - command.seconds)
    served = InfractionServed(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        seconds=before - left,
        time_left_seconds=left,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    ended = () if left else (expired(infraction, command.issued_at),)
    return Decision((served, *ended), touched=(infraction.id,))


def expire(record: Record, now: datetime) -> Decision:
    """End what has reached its end."""
    due = tuple(
        infraction
        for infraction in record.infractions.values()
        if infraction.status is Status.ACTIVE
        and infraction.lifetime is Lifetime.TIMED
        and infraction.expires_at is not None
        and infraction.expires_at <= now
    )
    events = tuple(expired(infraction, infraction.expires_at or now) for infraction in due)
    return Decision(events, touched=tuple(infraction.id for infraction in due))


def expired(infraction: Infraction, at: datetime) -> InfractionExpired:
    """The end of an infraction by time."""
    return InfractionExpired(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        punishments=infraction.punishments,
        actor=EXPIRY,
        occurred_at=at,
    )
