"""Events as the relay publishes them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from nats.aio.client import Client

from banstream_contracts.events.event import Event
from banstream_contracts.events.infractions import InfractionEvent
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infraction_messages import EVENT, AnyEvent
from banstream_contracts.players import Player
from banstream_decider.events import Cause, new_event, rendering
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.event_stream import EventStream
from banstream_event_log.forgetting import Forgetting
from banstream_event_log.together import Together
from banstream_infractions.relayed import rendered, sinks
from banstream_runtime.identifiers import new_id

EVENTS = [each for each in EXAMPLES.values() if isinstance(each, Event) and each.service == "infractions"]
OF_A_PLAYER = [each for each in EVENTS if isinstance(each, InfractionEvent)]
OF_OTHERS = [each.model_copy(update={"player": Player(service="own", id="a.b c")}) for each in OF_A_PLAYER]
OF_ADDRESSES = [each.model_copy(update={"player": None, "address_hash": "ab" * 32}) for each in OF_A_PLAYER]


def test_whoever_hears_of_an_event_finds_its_effect_in_the_buckets_and_what_is_forgotten_was_told() -> None:
    connection: Any = None
    assert [type(each) for each in sinks(Client().jetstream(), connection)] == [Together, EventStream, Forgetting]


@pytest.mark.parametrize("event", [*EVENTS, *OF_OTHERS, *OF_ADDRESSES], ids=lambda event: f"{event.type} {event.token}")
def test_subject_and_body_are_those_of_the_event_read_into_its_model(event: AnyEvent) -> None:
    logged = link(new_event(event, new_id(), 1, Cause(new_id(), new_id()), 0), 1, datetime.now(UTC), GENESIS)
    assert rendered(logged) == rendering(EVENT)(logged)
