"""Several sinks as one: none takes again what it has, and all have begun before the first is waited for."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.together import Together
from banstream_runtime.identifiers import new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEW = NewEvent(
    "player:roblox:1", 1, new_id(), "infraction.issued", 1, {}, new_id(), 0, new_id(), new_id(), {}, None, NOW
)
EVENTS = [link(replace(NEW, version=position), position, NOW, GENESIS) for position in (4, 5, 6)]


class FakeSink:
    """Writes down what it is told."""

    def __init__(self, name: str, reached: int, told: list[tuple[str, list[int]]], *, breaks: bool = False) -> None:
        self._name = name
        self._reached = reached
        self._told = told
        self._breaks = breaks

    async def resume(self) -> int:
        return self._reached

    async def begin(self, events: Sequence[LoggedEvent]) -> None:
        self._told.append((f"{self._name} begins", [event.position for event in events]))

    async def finish(self) -> None:
        if self._breaks:
            raise TimeoutError
        self._told.append((f"{self._name} has finished", []))


async def test_each_takes_what_it_has_not_got_and_all_begin_before_any_is_waited_for() -> None:
    told: list[tuple[str, list[int]]] = []
    together = Together(FakeSink("first", 3, told), FakeSink("second", 5, told))
    assert await together.resume() == 3
    await together.deliver(EVENTS)
    assert told == [
        ("first begins", [4, 5, 6]),
        ("second begins", [6]),
        ("first has finished", []),
        ("second has finished", []),
    ]


async def test_one_that_is_not_stored_stops_all() -> None:
    told: list[tuple[str, list[int]]] = []
    together = Together(FakeSink("first", 3, told), FakeSink("second", 3, told, breaks=True))
    await together.resume()
    with pytest.raises(TimeoutError):
        await together.deliver(EVENTS)
