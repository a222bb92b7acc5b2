"""What clients get about who else is known at an address."""

from pydantic import AwareDatetime

from banstream_contracts.queries.linked import Link
from banstream_gateway.answers import Answer


class LinkAnswer(Link):
    """Somebody else at the same address, and what says how much that says."""

    sentences: tuple[str, ...]
    """The reasons of `why` in words."""


class LinkedAnswer(Answer):
    """The newest 50 links, newest first."""

    at: AwareDatetime
    items: tuple[LinkAnswer, ...]
    total: int
    """How many links there are."""
    addresses: int
    """How many of the player's addresses were looked at, the newest ones."""
    addresses_total: int
