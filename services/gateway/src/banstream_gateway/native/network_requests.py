"""What clients send about networks and addresses."""

from typing import Annotated

from pydantic import AfterValidator, Field

from banstream_contracts.commands.networks import MOST_NETWORKS
from banstream_contracts.networks import Network, NetworkKind, markable
from banstream_contracts.text import Name, Reason
from banstream_gateway.request_forms import Request
from banstream_gateway.requests import PlaceQuery


class VpnQuery(Request):
    """Whose address."""

    ip: str = Field(default="", max_length=64, description="192.0.2.7 or 2001:db8::7, with or without a port. Needed.")
    player: str | None = Field(default=None, max_length=192, description="SERVICE:ID; is the player immune?")


class MarkRequest(Request):
    """What a network is: `AS13335`, `192.0.2.0/24` or `2001:db8::/32`. `owner` says whose it is.

    A range is /8 or narrower, of IPv6 /16: a wider one would be a mark on a good part of all players.
    """

    network: Annotated[Network, AfterValidator(markable)]
    kind: NetworkKind
    owner: Name | None = None


class MarksRequest(Request):
    """Networks to mark, or to mark as something else; each once."""

    marks: Annotated[tuple[MarkRequest, ...], Field(min_length=1, max_length=MOST_NETWORKS)]


class UnmarkRequest(Request):
    """Networks to take the marks off; each once."""

    networks: Annotated[tuple[Network, ...], Field(min_length=1, max_length=MOST_NETWORKS)]
    reason: Reason | None = None


class NetworkQuery(PlaceQuery):
    """Which networks."""

    kind: NetworkKind | None = None
    search: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """A part of the network or its owner, in any case."""
