"""What the use cases need of the outside."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from banstream_decider import ports
from banstream_notifier.record import Record

Holds = Callable[[int, UUID], Awaitable[bool]]
"""Whether an event is still where it stood on EVENTS."""


class Store(ports.Store, Protocol):
    """The log and the read model, written together in one transaction by the one writer."""

    async def records(self, target_ids: Iterable[str]) -> dict[str, Record]:
        """The targets that there are or were."""

    async def sequence(self, target_id: str, event_id: UUID) -> int | None:
        """Where on EVENTS an event stands that the target was told; None where it never was."""

    async def project(self, records: Mapping[str, Record]) -> None:
        """Bring the read model to the state after the events."""
