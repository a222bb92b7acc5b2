"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from banstream_dayz_feed.record import Record
from banstream_decider import ports


class Store(ports.Store, Protocol):
    """The log and the read model, written together in one transaction by the one writer."""

    async def records(self, source_ids: Iterable[str]) -> dict[str, Record]:
        """The sources that there are or were."""

    async def project(self, records: Mapping[str, Record]) -> None:
        """Bring the read model to the state after the events."""
