"""Events of networks."""

from typing import Literal

from banstream_contracts.events.event import Event
from banstream_contracts.networks import Network, NetworkKind, network_token
from banstream_contracts.text import Name, Reason


class NetworkEvent(Event):
    """An event of one network."""

    network: Network

    @property
    def stream(self) -> str:
        """The log stream: `network:AS13335`, `network:192.0.2.0/24`."""
        return f"network:{self.network}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return network_token(self.network)


class NetworkMarked(NetworkEvent):
    """Staff marked a network, or marked it as something else."""

    type: Literal["network.marked"] = "network.marked"
    kind: NetworkKind
    owner: Name | None = None


class NetworkUnmarked(NetworkEvent):
    """A network is marked no more."""

    type: Literal["network.unmarked"] = "network.unmarked"
    reason: Reason | None = None
