"""Of what a service keeps one document each, and commands on it decided in memory. Pure."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from banstream_contracts.infractions import Contract
from banstream_contracts.results import CommandResult, Refusal
from banstream_decider.events import AnyEvent, Cause, new_event
from banstream_decider.ports import AnyOfIts, Received, Store
from banstream_event_log.events import NewEvent


class Document(Contract):
    """What the events of one stream have made. One that was removed stays: its id is never given again."""

    is_removed: bool = False

    @property
    @abstractmethod
    def version(self) -> int:
        """That of the last event of its stream."""


AnyDocument = TypeVar("AnyDocument", bound=Document)


class DocumentStore(Store, Protocol[AnyDocument]):
    """The log and the documents, written together."""

    async def find(self, ids: Iterable[str]) -> dict[str, AnyDocument]:
        """Those that there are or were."""

    async def present(self) -> dict[str, AnyDocument]:
        """All that were not removed and can be read."""

    async def put(self, documents: Mapping[str, AnyDocument]) -> None:
        """Bring them to the state after the events."""


class Decision(NamedTuple, Generic[AnyEvent]):
    """The events that follow, or why there are none."""

    events: tuple[AnyEvent, ...] = ()
    refusal: Refusal | None = None


@dataclass(slots=True)
class DocumentBatch(Generic[AnyDocument]):
    """Events, results and changed documents of the commands so far, on the log's `head` and the `documents` there are.

    A service's own decides each command on the `document` it concerns, and has the batch `take` what was decided.
    """

    head: int
    documents: Mapping[str, AnyDocument]
    new_event_id: Callable[[], UUID]
    events: list[NewEvent] = field(init=False, default_factory=list)
    results: dict[UUID, CommandResult] = field(init=False, default_factory=dict)
    changed: dict[str, AnyDocument] = field(init=False, default_factory=dict)

    def document(self, key: str) -> AnyDocument | None:
        """As the commands so far have left it."""
        return self.changed.get(key) or self.documents.get(key)

    def take(
        self,
        received: Received[AnyOfIts],
        decision: Decision[AnyEvent],
        after: AnyDocument | None,
        key: str,
        **shown: Any,  # noqa: ANN401 - fields of CommandResult
    ) -> None:
        """Note what a command came to, and what its document is `after` it.

        The result holds what is `shown` of that document, unless the command is refused.
        """
        command = received.command
        if after and decision.events:
            before = after.version - len(decision.events)
            cause = Cause(command.command_id, command.correlation_id, received.traceparent)
            for ordinal, event in enumerate(decision.events):
                self.events.append(new_event(event, self.new_event_id(), before + ordinal + 1, cause, ordinal))
            self.changed[key] = after
        self.results[command.command_id] = CommandResult(
            command_id=command.command_id,
            status="refused" if decision.refusal else "applied" if decision.events else "unchanged",
            position=self.head + len(self.events),
            refusal=decision.refusal,
            fingerprint=command.fingerprint,
            **({} if decision.refusal else shown),
        )
