"""What the frame needs of a service: how it decides."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import asyncpg
from nats.js import JetStreamContext
from pydantic import TypeAdapter

from banstream_contracts.commands.command import Command
from banstream_contracts.results import CommandResult
from banstream_contracts.streams import ConsumerSpec
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.fresh import Fresh
from banstream_event_log.relay import Sink

AnyOfIts = TypeVar("AnyOfIts", bound=Command)
"""The commands of one service."""

MakeSinks = Callable[[JetStreamContext, "asyncpg.Connection[asyncpg.Record]"], Sequence[Sink]]
"""What the relay feeds, in this order, on a connection of its own."""


@dataclass(frozen=True, slots=True)
class Received(Generic[AnyOfIts]):
    """A command with the W3C trace context it came with, and when NATS stored it, by the clock that EVENTS goes by."""

    command: AnyOfIts
    traceparent: str | None = None
    stored_at: datetime | None = None

    def dated(self) -> AnyOfIts:
        """The command; one of a gateway whose clock is ahead as of when NATS stored it: nothing is of the future."""
        if self.stored_at is None or self.command.issued_at <= self.stored_at:
            return self.command
        return self.command.model_copy(update={"issued_at": self.stored_at})


class Decider(Protocol[AnyOfIts]):
    """The use cases of a service that decides commands; one process at a time uses it (the leader)."""

    async def execute(self, received: Sequence[Received[AnyOfIts]]) -> list[CommandResult]:
        """Carry out commands in order, all or none; returns a result for each."""

    async def give_up(self, command: AnyOfIts, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""

    async def do_due(self, decided_until: datetime, /) -> int:
        """Append what time alone brings about; returns how many events, 0 when nothing is due.

        Commands that were stored later than `decided_until` may still wait, and could change what is due after it.
        """


class Store(Protocol):
    """The log and the read models, written together in one transaction by the one writer.

    A service's own has its read models besides.
    """

    def transaction(self) -> AbstractAsyncContextManager[int]:
        """Begin, with the log locked; gives its last position. Commits at the end, all or nothing."""

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        """What became of commands that were decided before."""

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        """Append to the log. It, what follows, or the end of the transaction raises VersionConflict."""

    async def remember(self, results: Sequence[CommandResult], decided_at: datetime) -> None:
        """Keep what became of commands."""


class Batch(Protocol[AnyOfIts]):
    """Commands decided one after the other in memory, each seeing what those before it did."""

    @property
    def events(self) -> Sequence[NewEvent]:
        """Of the commands so far."""

    @property
    def results(self) -> Mapping[UUID, CommandResult]:
        """Of each command so far, by its id."""

    def decide(self, received: Received[AnyOfIts]) -> None:
        """Decide a command on what it concerns."""


@dataclass(frozen=True, slots=True)
class Service(Generic[AnyOfIts]):
    """One service as the frame sees it.

    `name` is its name on the bus and its consumer's, `commands` reads what comes from `intake`. `decider` and `sinks`
    are built anew on the connections of each term of leading: the one that writes, and the relay's own. At most
    `max_batch` commands are decided in one transaction. One that `has_targets` has a consumer on EVENTS for each.
    What the decider puts into `fresh` the relay need not read.
    """

    name: str
    intake: ConsumerSpec
    commands: TypeAdapter[AnyOfIts]
    decider: Callable[["asyncpg.Connection[asyncpg.Record]"], Decider[AnyOfIts]]
    sinks: MakeSinks
    max_batch: int = 500
    has_targets: bool = False
    fresh: Fresh = field(default_factory=Fresh)
