"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from banstream_abuse_tracker.domain.batch import Changes, Known
from banstream_abuse_tracker.domain.policies import Policies
from banstream_decider import ports
from banstream_event_log.events import LoggedEvent


class Store(ports.Store, Protocol):
    """The log and the read models, written together in one transaction by the one writer."""

    async def recorded(self, incident_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Those incidents that the log holds."""

    async def players(self, streams: Iterable[str]) -> dict[str, Known]:
        """The players that have a stream."""

    async def policies(self) -> Policies:
        """Every version of every policy."""

    async def histories(self, streams: Iterable[str]) -> Mapping[str, Sequence[LoggedEvent]]:
        """The events of each stream."""

    async def project(self, changes: Changes) -> None:
        """Bring the read models to the state after the events."""

    async def erase(self, persons: Iterable[str], position: int) -> None:
        """Take out the keys of persons: nothing of them up to the position can be read any more."""
