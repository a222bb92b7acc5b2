"""Use cases: what commands on log sources concern, and what they change besides the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.commands.log_sources import AnyLogSourceCommand
from banstream_dayz_feed.batch import Batch
from banstream_dayz_feed.places import Places
from banstream_dayz_feed.record import Record
from banstream_decider.documents import DocumentStore
from banstream_decider.frame import BatchDecider
from banstream_decider.ports import Decider


def deciding(
    store: DocumentStore[Record], places: Places, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
) -> Decider[AnyLogSourceCommand]:
    """Decides on the one connection that writes. Time alone changes no source."""

    async def begin(head: int, commands: Sequence[AnyLogSourceCommand]) -> Batch:
        records = await store.find({each.source_id for each in commands})
        return Batch(head, records, new_event_id, places)

    async def write(batch: Batch) -> None:
        await store.put(batch.changed)

    return BatchDecider(store, begin, write, now)
