"""What the use cases need of the outside."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from banstream_decider.documents import DocumentStore
from banstream_notifier.record import Record

Holds = Callable[[int, UUID], Awaitable[bool]]
"""Whether an event is still where it stood on EVENTS."""


class Store(DocumentStore[Record], Protocol):
    """That of targets, and what was delivered to them."""

    async def sequence(self, target_id: str, event_id: UUID) -> int | None:
        """Where on EVENTS an event stands that the target was told; None where it never was."""
