"""Use cases: what commands on targets concern, and what they change besides the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.commands.notifier import AnyTargetCommand, RedeliverDelivery
from banstream_decider.frame import BatchDecider
from banstream_decider.ports import Decider
from banstream_notifier.batch import Batch
from banstream_notifier.ports import Holds, Store
from banstream_notifier.sealing import Opener


def deciding(
    store: Store, holds: Holds, opener: Opener, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
) -> Decider[AnyTargetCommand]:
    """Decides on the one connection that writes. Time alone changes no target."""

    async def begin(head: int, commands: Sequence[AnyTargetCommand]) -> Batch:
        sequences: dict[UUID, int | None] = {}
        gone: set[UUID] = set()
        for each in commands:
            if isinstance(each, RedeliverDelivery):
                sequence = await store.sequence(each.target_id, each.event_id)
                sequences[each.command_id] = sequence
                if sequence is not None and not await holds(sequence, each.event_id):
                    gone.add(each.command_id)
        records = await store.find({each.target_id for each in commands})
        return Batch(head, records, new_event_id, opener, sequences, gone)

    async def write(batch: Batch) -> None:
        await store.put(batch.changed)

    return BatchDecider(store, begin, write, now)
