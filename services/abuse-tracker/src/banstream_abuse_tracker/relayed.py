"""What the relay feeds: commands for infractions, then the stream that EVENTS takes over."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from nats.js import JetStreamContext

from banstream_abuse_tracker.consequences import Consequences
from banstream_contracts import headers, streams, subjects
from banstream_contracts.events.abuse import ABUSE_EVENT, PlayerForgotten
from banstream_contracts.players import Player, subject_token
from banstream_decider.events import body_of, rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.events import LoggedEvent
from banstream_event_log.forgetting import Forgetting, Left
from banstream_event_log.relay import Sink


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """In this order: whoever hears of a crossing may count on its ban being under way."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.ABUSE_EVENTS,
        source=headers.source(streams.ABUSE_TRACKER),
        render=rendered,
    )
    forgetting = Forgetting(
        jetstream,
        connection,
        stream=streams.ABUSE_EVENTS,
        erasure=PlayerForgotten.model_fields["type"].default,
        left_by=_left_by,
    )
    return Consequences(jetstream, connection), events, forgetting


_render = rendering(ABUSE_EVENT)


def rendered(logged: LoggedEvent) -> tuple[str, dict[str, Any]]:
    """The subject and the body of an event. To know a player's token the event need not be read into a model."""
    player = logged.data.get("player")
    if player is None:
        return _render(logged)
    return subjects.relayed_event(logged.type, subject_token(player["service"], player["id"])), body_of(logged)


async def _left_by(erased: LoggedEvent) -> list[Left]:
    """Events that told the player's name, by type and token."""
    token = Player.model_validate(erased.data["player"]).token
    return [(kind, token) for kind in ("abuse.detected", "abuse.alert_raised", "abuse.threshold_reached")]
