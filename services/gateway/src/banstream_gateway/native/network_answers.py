"""What clients get about networks and addresses."""

from dataclasses import asdict
from typing import Any

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor
from banstream_contracts.networks import MarkedNetwork, NetworkKind
from banstream_gateway.answers import Answer
from banstream_gateway.vpn.verdicts import Source
from banstream_gateway.vpn_answers import VpnAnswer


class VpnCheckAnswer(Answer):
    """What an address is, and why. `is_vpn` and `is_dubious` are what plugins are told; `is_hosting` is why."""

    is_vpn: bool
    is_hosting: bool
    is_cloud_gaming: bool
    is_dubious: bool
    is_immune: bool
    """The player is an admin whom no VPN check may put off."""
    source: Source
    why: str
    network: str | None = None
    """The mark that decided."""
    asn: int | None = None
    operator: str | None = None
    country: str | None = None


class NetworkAnswer(Answer):
    """A marked network."""

    network: str
    kind: NetworkKind
    owner: str | None = None
    marked_at: AwareDatetime
    marked_by: Actor


class NetworkPageAnswer(Answer):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[NetworkAnswer, ...]
    next: str | None


class NetworksChangedAnswer(Answer):
    """How many networks were marked or unmarked, and how many were so already."""

    changed: int
    unchanged: int
    position: int


def vpn_json(answer: VpnAnswer) -> dict[str, Any]:
    """An answer as JSON values; what is not known is left out."""
    known = {name: value for name, value in asdict(answer.verdict).items() if value is not None}
    told = {
        "is_vpn": answer.is_vpn,
        "is_cloud_gaming": answer.is_cloud_gaming,
        "is_dubious": answer.is_dubious,
        "is_immune": answer.is_immune,
    }
    return {**known, **told}


def network_json(marked: MarkedNetwork) -> dict[str, Any]:
    """A marked network as JSON values."""
    content: dict[str, Any] = marked.model_dump(mode="json", exclude_none=True, exclude={"position"})
    return content
