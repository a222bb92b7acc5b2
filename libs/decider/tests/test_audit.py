"""What staff read of the log."""

from datetime import UTC, datetime

import pytest

from banstream_contracts.events.event import Event
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_decider.audit import entry
from banstream_decider.events import Cause, new_event
from banstream_event_log.chain import GENESIS, link
from banstream_runtime.identifiers import new_id

SECRET = [each for each in EXAMPLES.values() if isinstance(each, Event) and each.private]


@pytest.mark.parametrize("event", SECRET, ids=lambda event: event.type)
def test_an_entry_holds_nothing_that_is_private(event: Event) -> None:
    logged = link(new_event(event, new_id(), 1, Cause(new_id(), new_id()), 0), 1, datetime.now(UTC), GENESIS)
    assert not entry(logged).event.keys() & event.private
    assert set(logged.data) - event.private <= entry(logged).event.keys()
