"""Decisions on marked networks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.infractions.tests.scenes import ADMIN, OURS, World, about, make_admin, world

from banstream_contracts.admins import Right
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.events.networks import NetworkMarked, NetworkUnmarked
from banstream_contracts.infractions import Actor
from banstream_contracts.networks import NetworkKind, NetworkMark
from banstream_infractions.domain.evolution import fold

AnyNetworkCommand = MarkNetworks | UnmarkNetworks

NETWORKS = ("AS64496", "AS64497", "192.0.2.0/24", "2001:db8::/32")
MARKS = st.lists(
    st.builds(NetworkMark, network=st.sampled_from(NETWORKS), kind=st.sampled_from(NetworkKind)),
    min_size=1,
    unique_by=lambda mark: mark.network,
)
COMMANDS = st.builds(lambda marks: mark(*marks), MARKS) | st.builds(
    lambda networks: unmark(*networks), st.lists(st.sampled_from(NETWORKS), min_size=1, unique=True)
)


def mark(*marks: NetworkMark, **changes: Any) -> MarkNetworks:
    return MarkNetworks(**about(marks=marks, **changes))


def unmark(*networks: str, **changes: Any) -> UnmarkNetworks:
    return UnmarkNetworks(**about(networks=networks, **changes))


def vpn(network: str, owner: str | None = None) -> NetworkMark:
    return NetworkMark(network=network, kind=NetworkKind.VPN, owner=owner)


def marked(of: World) -> dict[str, NetworkKind]:
    found = [record.network for record in of.records.values() if record.network]
    return {each.network: each.kind for each in found if each.unmarked_at is None}


def test_each_network_has_an_event_in_a_stream_of_its_own() -> None:
    decision = world().do(mark(*(vpn(network, "Example") for network in NETWORKS)))
    assert all(isinstance(event, NetworkMarked) for event in decision.events)
    assert [event.stream for event in decision.events] == [f"network:{network}" for network in NETWORKS]


def test_only_what_changes_is_marked() -> None:
    after = world(mark(vpn("AS64496"), vpn("AS64497")))
    hosting = NetworkMark(network="AS64497", kind=NetworkKind.HOSTING)
    decision = after.do(mark(vpn("AS64496"), hosting, vpn("192.0.2.0/24")))
    assert [event.stream for event in decision.events] == ["network:AS64497", "network:192.0.2.0/24"]
    assert len(after.do(mark(vpn("AS64496", "another owner"))).events) == 1


def test_only_what_is_marked_is_unmarked_and_it_can_be_marked_again() -> None:
    after = world(mark(vpn("AS64496")))
    decision = after.do(unmark("192.0.2.0/24", "AS64496", reason="sold"))
    (event,) = decision.events
    assert isinstance(event, NetworkUnmarked)
    assert (event.network, event.reason, decision.refusal) == ("AS64496", "sold", None)
    assert after.do(unmark("AS64496")).events == ()
    assert len(after.do(mark(vpn("AS64496"))).events) == 1
    assert marked(after) == {"AS64496": NetworkKind.VPN}


@pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "2000::/15"])
def test_nearly_everything_is_never_marked(network: str) -> None:
    """Whoever sends the command."""
    decision = world().do(mark(vpn("AS64496"), vpn(network)))
    assert decision.events == ()
    assert decision.refusal is not None
    assert (decision.refusal.code, network in decision.refusal.message) == ("invalid-change", True)


@pytest.mark.parametrize("command", [mark(vpn("AS64496")), unmark("AS64496")], ids=["mark", "unmark"])
def test_an_admin_needs_the_right(command: AnyNetworkCommand) -> None:
    acting = command.model_copy(update={"actor": Actor(kind="server", id=OURS, admin=ADMIN)})
    for right, may in ((Right.BAN, False), (Right.MANAGE_NETWORKS, True)):
        decision = world(mark(vpn("AS64496", "old")), make_admin(right)).do(acting)
        assert bool(decision.events) == may
        assert (decision.refusal is None) == may


@given(st.lists(COMMANDS, max_size=8), COMMANDS)
def test_repeating_a_command_changes_nothing(earlier: list[AnyNetworkCommand], command: AnyNetworkCommand) -> None:
    assert world(*earlier, command).do(command).events == ()


@given(st.lists(COMMANDS, max_size=12))
def test_the_marks_are_those_of_a_plain_dictionary(commands: list[Any]) -> None:
    expected: dict[str, NetworkKind] = {}
    for command in commands:
        if isinstance(command, MarkNetworks):
            expected |= {each.network: each.kind for each in command.marks}
        else:
            expected = {network: kind for network, kind in expected.items() if network not in command.networks}
    after = world(*commands)
    assert marked(after) == expected
    for stream, record in after.records.items():
        own = [(event, position) for position, event in enumerate(after.events, 1) if event.stream == stream]
        assert fold(own) == record
