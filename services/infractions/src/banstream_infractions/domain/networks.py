"""Networks that staff have marked: decisions on them, and what their events make of them. Pure."""

from collections.abc import Iterable
from typing import assert_never

from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.events.networks import NetworkMarked, NetworkUnmarked
from banstream_contracts.networks import MarkedNetwork, NetworkMark, markable
from banstream_infractions.domain.record import Context, Decision, Record, refused


def network_stream(network: str) -> str:
    """The stream of one network."""
    return f"network:{network}"


def networks_of(command: MarkNetworks | UnmarkNetworks) -> tuple[str, ...]:
    """The networks that a command names; its own stream is that of the first."""
    match command:
        case MarkNetworks():
            return tuple(mark.network for mark in command.marks)
        case UnmarkNetworks():
            return command.networks
        case _:
            assert_never(command)


def decide_networks(command: MarkNetworks | UnmarkNetworks, record: Record, context: Context) -> Decision:
    """An event for each network that is not so already; none at all where one may not be marked."""
    first, *_ = networks_of(command)
    held = {**context, network_stream(first): record}
    match command:
        case MarkNetworks() if wide := _too_wide(command.marks):
            return refused("invalid-change", wide)
        case MarkNetworks():
            marked = [
                mark for mark in command.marks if not _is_marked(held[network_stream(mark.network)].network, mark)
            ]
            return Decision(tuple(_marked(command, mark) for mark in marked))
        case UnmarkNetworks():
            present = [each for each in command.networks if _is_present(held[network_stream(each)].network)]
            return Decision(tuple(_unmarked(command, network) for network in present))
        case _:
            assert_never(command)


def evolve_network(
    network: MarkedNetwork | None, event: NetworkMarked | NetworkUnmarked, position: int
) -> MarkedNetwork:
    """The network after an event of it."""
    match event:
        case NetworkMarked():
            return MarkedNetwork(
                network=event.network,
                kind=event.kind,
                owner=event.owner,
                marked_at=event.occurred_at,
                marked_by=event.actor,
                position=position,
            )
        case NetworkUnmarked() if network is not None:
            return network.model_copy(update={"unmarked_at": event.occurred_at, "position": position})
        case NetworkUnmarked():
            raise LookupError(f"{event.type} of a network that was never marked: {event.network}")
        case _:
            assert_never(event)


def _too_wide(marks: Iterable[NetworkMark]) -> str | None:
    """Why one of the networks may not be marked."""
    try:
        for mark in marks:
            markable(mark.network)
    except ValueError as error:
        return str(error)
    return None


def _is_present(network: MarkedNetwork | None) -> bool:
    return network is not None and network.unmarked_at is None


def _is_marked(network: MarkedNetwork | None, mark: NetworkMark) -> bool:
    """Whether a network is marked just so."""
    if network is None or network.unmarked_at is not None:
        return False
    return (network.kind, network.owner) == (mark.kind, mark.owner)


def _marked(command: MarkNetworks, mark: NetworkMark) -> NetworkMarked:
    return NetworkMarked(
        network=mark.network, kind=mark.kind, owner=mark.owner, actor=command.actor, occurred_at=command.issued_at
    )


def _unmarked(command: UnmarkNetworks, network: str) -> NetworkUnmarked:
    return NetworkUnmarked(network=network, reason=command.reason, actor=command.actor, occurred_at=command.issued_at)
