"""What the use cases need of the outside."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from banstream_contracts.infractions import Standing
from banstream_contracts.results import CommandResult
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_infractions.batch import Changes


class Store(Protocol):
    """The log and the read models, written together in one transaction by the one writer."""

    def transaction(self) -> AbstractAsyncContextManager[int]:
        """Begin, with the log locked; gives its last position. Commits at the end, all or nothing."""

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """What became of commands that were decided before."""

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The log stream of each infraction or credential that exists, and of the player of each request."""

    async def streams_at(self, address_hashes: Iterable[str]) -> dict[str, list[str]]:
        """The log streams that hold infractions of each address, by its hash; an address without has no entry."""

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        """The events of each stream."""

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """Append to the log; raises VersionConflict."""

    async def project(self, changes: Changes) -> None:
        """Bring the read models to the state after the events."""

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """Keep what became of commands."""

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        """What restricts each player or address as of the last position, by KV key; every key is in the answer."""

    async def due_streams(self, now: datetime, limit: int) -> list[str]:
        """The streams that hold an infraction whose end has come."""

    async def person_keys(self, persons: Iterable[str]) -> dict[str, bytes]:
        """The wrapped key of each person that has one."""

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """Keep the wrapped keys of new persons."""
