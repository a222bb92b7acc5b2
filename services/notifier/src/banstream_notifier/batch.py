"""A batch of commands decided one after the other in memory, each seeing what those before it did. Pure."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import reduce
from uuid import UUID

from banstream_contracts.commands.notifier import AnyTargetCommand, ChangeTarget, CreateTarget, RedeliverDelivery
from banstream_decider.documents import DocumentBatch
from banstream_decider.ports import Received
from banstream_notifier.decisions import Known, decide
from banstream_notifier.destinations import InvalidDestination, shown
from banstream_notifier.record import Record, evolve
from banstream_notifier.sealing import Opener


@dataclass(slots=True)
class Batch(DocumentBatch[Record]):
    """Commands on targets; `opener` knows what is wrong with an address.

    `sequences` are where events stand that are to be told again, by command; of those `gone` it is there no more.
    """

    opener: Opener
    sequences: Mapping[UUID, int | None]
    gone: Container[UUID] = ()

    def decide(self, received: Received[AnyTargetCommand]) -> None:
        """Decide a command on what it concerns."""
        command = received.dated()
        record = self.document(command.target_id)
        decision = decide(command, record, self._known(command, record))
        after = reduce(evolve, decision.events, record)
        self.take(received, decision, after, command.target_id, target=after and after.target)

    def _known(self, command: AnyTargetCommand, record: Record | None) -> Known:
        match command:
            case CreateTarget() | ChangeTarget():
                return self._opened(command, record)
            case RedeliverDelivery():
                sequence = self.sequences.get(command.command_id)
                return Known(sequence=sequence, is_gone=command.command_id in self.gone)
            case _:
                return Known()

    def _opened(self, command: CreateTarget | ChangeTarget, record: Record | None) -> Known:
        """Where a change names only one of URL and secret, the other is as it was."""
        if command.sealed_url is None and command.sealed_secret is None:
            return Known()
        kind = command.kind if isinstance(command, CreateTarget) else record.target.kind if record else None
        url = command.sealed_url or (record.sealed_url if record else None)
        secret = command.sealed_secret or (record.sealed_secret if record else None)
        if kind is None or url is None:
            return Known()
        try:
            return Known(address=shown(self.opener.open(kind, url, secret).url))
        except InvalidDestination as error:
            return Known(problem=str(error))
