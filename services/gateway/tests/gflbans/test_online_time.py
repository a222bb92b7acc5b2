"""What runs out while connected."""

from datetime import UTC, datetime, timedelta

from services.gateway.tests.gflbans.beating import GAG, gag

from banstream_contracts.infractions import Restriction
from banstream_gateway.check import Asking
from banstream_gateway.gflbans.online_time import after, command_id, running
from banstream_gateway.standings import Restriction as Held

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
    assert [*running(there, asking, NOW)] == [GAG]
    assert [each.time_left_seconds for each in after(there, 45, asking, NOW)] == [15, 0, 60, 60]
    assert next(iter(after(there, 61, asking, NOW))).time_left_seconds == 0
