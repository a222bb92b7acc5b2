"""What the relay feeds: the buckets that gateways watch, then the stream that everybody reads."""

from collections.abc import Sequence
from functools import partial

import asyncpg
from nats.js import JetStreamContext

from banstream_contracts import headers, streams
from banstream_contracts.erasure import PlayerErased
from banstream_contracts.infraction_messages import EVENT
from banstream_decider.events import rendering
from banstream_event_log.event_stream import EventStream
from banstream_event_log.forgetting import Forgetting
from banstream_event_log.relay import Sink
from banstream_event_log.together import Together
from banstream_infractions.accounts_bucket import AccountsBucket
from banstream_infractions.buckets import AdminsBucket, CredentialsBucket, NetworksBucket, RestrictionsBucket
from banstream_infractions.erased_rows import left_by


def sinks(jetstream: JetStreamContext, connection: "asyncpg.Connection[asyncpg.Record]") -> Sequence[Sink]:
    """In this order: whoever hears of an event finds its effect in the buckets; what is forgotten has been told."""
    events = EventStream(
        jetstream,
        connection,
        stream=streams.INFRACTION_EVENTS,
        source=headers.SOURCE_INFRACTIONS,
        render=rendering(EVENT),
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
