"""Reads of networks."""

from typing import Annotated

from pydantic import StringConstraints

from banstream_contracts.infractions import Contract
from banstream_contracts.networks import MarkedNetwork, NetworkKind
from banstream_contracts.queries.query import Cursor, PageLimit


class ListNetworks(Contract):
    """Marked networks, the newest mark first; `search` is a part of the network or its owner, in any case."""

    kind: NetworkKind | None = None
    search: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class NetworkPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[MarkedNetwork, ...]
    next: str | None
