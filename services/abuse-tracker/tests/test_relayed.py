"""Events as the relay publishes them."""

from datetime import UTC, datetime

import pytest

from banstream_abuse_tracker.relayed import rendered
from banstream_contracts.events.abuse import ABUSE_EVENT, AnyAbuseEvent
from banstream_contracts.events.event import Event
from banstream_contracts.examples.abuse import EXAMPLES
from banstream_contracts.players import Player
from banstream_decider.events import Cause, new_event, rendering
from banstream_event_log.chain import GENESIS, link
from banstream_runtime.identifiers import new_id

EVENTS = [each for each in EXAMPLES if isinstance(each, Event)]
OF_OTHERS = [each.model_copy(update={"player": Player(service="own", id="a.b c")}) for each in EVENTS[:1]]


@pytest.mark.parametrize("event", [*EVENTS, *OF_OTHERS], ids=lambda event: f"{event.type} of {event.token}")
def test_subject_and_body_are_those_of_the_event_read_into_its_model(event: AnyAbuseEvent) -> None:
    logged = link(new_event(event, new_id(), 1, Cause(new_id(), new_id()), 0), 1, datetime.now(UTC), GENESIS)
    assert rendered(logged) == rendering(ABUSE_EVENT)(logged)
