"""Commands about networks: what staff say of autonomous systems and ranges, many at once."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from banstream_contracts.commands.command import Command
from banstream_contracts.networks import Network, NetworkMark
from banstream_contracts.text import Reason

MOST_NETWORKS = 500
"""In one command."""


class NetworkCommand(Command):
    """About several networks."""

    @property
    def token(self) -> str:
        """Of all networks: a command names many."""
        return "network=all"


class MarkNetworks(NetworkCommand):
    """Mark networks, or mark them as something else. One that is marked just so already stays as it is."""

    type: Literal["mark_networks"] = "mark_networks"
    marks: Annotated[tuple[NetworkMark, ...], Field(min_length=1, max_length=MOST_NETWORKS)]

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        _refuse_repeats([mark.network for mark in self.marks])
        return self


class UnmarkNetworks(NetworkCommand):
    """Take the marks off networks. One without a mark stays as it is."""

    type: Literal["unmark_networks"] = "unmark_networks"
    networks: Annotated[tuple[Network, ...], Field(min_length=1, max_length=MOST_NETWORKS)]
    reason: Reason | None = None

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        _refuse_repeats(self.networks)
        return self


def _refuse_repeats(networks: list[str] | tuple[str, ...]) -> None:
    if len(networks) != len(set(networks)):
        raise ValueError("a network is named twice")
