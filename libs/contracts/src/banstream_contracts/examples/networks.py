"""One instance of every message about networks."""

from pydantic import BaseModel

from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.events.networks import NetworkMarked, NetworkUnmarked
from banstream_contracts.examples import parts
from banstream_contracts.networks import MarkedNetwork, NetworkKind, NetworkMark
from banstream_contracts.queries.networks import ListNetworks, NetworkPage

_SYSTEM, _RANGE = "AS64496", "2001:db8::/32"
_OWNER = "Example VPN"
_marked = MarkedNetwork(
    network=_SYSTEM,
    kind=NetworkKind.VPN,
    owner=_OWNER,
    marked_at=parts.AT,
    marked_by=parts.actor,
    unmarked_at=parts.LATER,
    position=parts.POSITION,
)
EXAMPLES: tuple[BaseModel, ...] = (
    MarkNetworks(
        marks=(
            NetworkMark(network=_SYSTEM, kind=NetworkKind.VPN, owner=_OWNER),
            NetworkMark(network=_RANGE, kind=NetworkKind.CLOUD_GAMING, owner="Example Play"),
        ),
        **parts.asked,
    ),
    UnmarkNetworks(networks=(_SYSTEM, _RANGE), reason="sold to an access provider", **parts.asked),
    NetworkMarked(network=_SYSTEM, kind=NetworkKind.VPN, owner=_OWNER, **parts.occurred),
    NetworkUnmarked(network=_RANGE, reason="sold to an access provider", **parts.occurred),
    ListNetworks(kind=NetworkKind.VPN, search="example", cursor=parts.cursor, limit=20),
    NetworkPage(items=(_marked,), next=parts.cursor),
    _marked,
)
