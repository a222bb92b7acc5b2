"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from banstream_contracts.results import CommandResult
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_ftp_sync.record import Record


class Store(Protocol):
    """The log and the read model, written together in one transaction by the one writer."""

    def transaction(self) -> AbstractAsyncContextManager[int]:
        """Begin, with the log locked; gives its last position. Commits at the end, all or nothing."""

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """What became of commands that were decided before."""

    async def records(self, ban_file_ids: Iterable[str]) -> dict[str, Record]:
        """The ban files that there are, and those named that there were."""

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """Append to the log; raises VersionConflict."""

    async def project(self, records: Mapping[str, Record]) -> None:
        """Bring the read model to the state after the events."""

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """Keep what became of commands."""
