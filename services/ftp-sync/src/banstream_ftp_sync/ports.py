"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from banstream_decider import ports
from banstream_ftp_sync.record import Record


class Store(ports.Store, Protocol):
    """The log and the read model, written together in one transaction by the one writer."""

    async def records(self, ban_file_ids: Iterable[str]) -> dict[str, Record]:
        """The ban files that there are, and those named that there were."""

    async def project(self, records: Mapping[str, Record]) -> None:
        """Bring the read model to the state after the events."""
