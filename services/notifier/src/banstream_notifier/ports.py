"""What the use cases need of the outside."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from banstream_contracts.results import CommandResult
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_notifier.record import Record

Holds = Callable[[int, UUID], Awaitable[bool]]
"""Whether an event is still where it stood on EVENTS."""


class Store(Protocol):
    """The log and the read model, written together in one transaction by the one writer."""

    def transaction(self) -> AbstractAsyncContextManager[int]:
        """Begin, with the log locked; gives its last position. Commits at the end, all or nothing."""

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """What became of commands that were decided before."""

    async def records(self, target_ids: Iterable[str]) -> dict[str, Record]:
        """The targets that there are or were."""

    async def sequence(self, target_id: str, event_id: UUID) -> int | None:
        """Where on EVENTS an event stands that the target was told; None where it never was."""

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """Append to the log; raises VersionConflict."""

    async def project(self, records: Mapping[str, Record]) -> None:
        """Bring the read model to the state after the events."""

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """Keep what became of commands."""
