"""What runs out while connected."""

from datetime import UTC, datetime, timedelta

import pytest
from services.gateway.tests.gflbans.beating import GAG, gag, issued_at

from banstream_contracts.infractions import Restriction
from banstream_edge.check import Asking
from banstream_gateway.gflbans.online_time import after, command_id, served
from banstream_gateway.held.standings import Restriction as Held

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = "a" * 24


def held(restriction: Restriction) -> Held:
    fields = restriction.model_dump(mode="json", exclude={"expires_at"})
    return Held(**{**fields, "punishments": tuple(fields["punishments"]), "expires_at": restriction.expires_at})


def test_the_same_stretch_of_time_has_the_same_command() -> None:
    first = command_id(SERVER, NOW, GAG)
    assert command_id(SERVER, NOW.astimezone(), GAG) == first
    others = {
        command_id("b" * 24, NOW, GAG),
        command_id(SERVER, NOW + timedelta(microseconds=1), GAG),
        command_id(SERVER, NOW, "d" * 24),
    }
    assert len(others | {first}) == 4


def test_only_what_counts_time_connected_here_runs() -> None:
    there = [
        held(gag(60)),
        held(gag(0, "d" * 24)),
        held(gag(60, "e" * 24, scope="server", server_id="b" * 24)),
        held(gag(60, "f" * 24, lifetime="permanent")),
    ]
    asking = Asking(SERVER)
    assert served(there, 45, asking, NOW) == {GAG: 45}
    assert [each.time_left_seconds for each in after(there, 45, asking, NOW)] == [15, 0, 60, 60]
    assert next(iter(after(there, 61, asking, NOW))).time_left_seconds == 0


@pytest.mark.parametrize(
    ("issued_before", "counted"),
    [(3600, 45), (45.9, 45), (10.9, 10), (0.9, 0), (-2, 45)],
    ids=["long ago", "just before", "in between", "this second", "by a clock that runs ahead"],
)
def test_what_was_issued_between_two_beats_serves_from_then_on(issued_before: float, counted: int) -> None:
    there = [held(gag(60, issued_at(NOW - timedelta(seconds=issued_before))))]
    expected = {there[0].infraction_id: counted} if counted else {}
    assert served(there, 45, Asking(SERVER), NOW) == expected
    assert [each.time_left_seconds for each in after(there, 45, Asking(SERVER), NOW)] == [60 - counted]
