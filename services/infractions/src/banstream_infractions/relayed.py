"""What the relay feeds: the buckets that gateways watch, then the stream that everybody reads."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import headers, streams, subjects
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.events.infractions import InfractionEvent
from banstream_contracts.infraction_messages import EVENT
from banstream_contracts.players import subject_token
from banstream_decider.events import body_of, rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.events import LoggedEvent
from banstream_event_log.forgetting import Forgetting
from banstream_event_log.relay import Sink
from banstream_event_log.together import Together
from banstream_infractions.erased_rows import left_by
from banstream_infractions.sinks.accounts_bucket import AccountsBucket
from banstream_infractions.sinks.buckets import (
    AdminsBucket,
    CredentialsBucket,
    NetworksBucket,
    RestrictionsBucket,
    types_of,
)


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """In this order: whoever hears of an event finds its effect in the buckets; what is forgotten has been told."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.INFRACTION_EVENTS,
        source=headers.SOURCE_INFRACTIONS,
        render=rendered,
    )
    return (
        Together(
            RestrictionsBucket(jetstream, connection),
            CredentialsBucket(jetstream, connection),
            AdminsBucket(jetstream, connection),
            NetworksBucket(jetstream, connection),
            AccountsBucket(jetstream, connection),
        ),
        events,
        Forgetting(
            jetstream,
            connection,
            stream=streams.INFRACTION_EVENTS,
            erasure=PlayerErased.model_fields["type"].default,
            left_by=partial(left_by, connection),
        ),
    )


_render = rendering(EVENT)


def rendered(logged: LoggedEvent) -> tuple[str, dict[str, Any]]:
    """The subject and the body of an event. To know a player's token the event need not be read into a model."""
    player = logged.data.get("player") if logged.type in types_of(InfractionEvent) else None
    if player is None:
        return _render(logged)
    return subjects.relayed_event(logged.type, subject_token(player["service"], player["id"])), body_of(logged)
