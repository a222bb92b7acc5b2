"""Use cases: what commands on log sources concern, and what they change besides the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.log_source_commands import AnyLogSourceCommand
from banstream_dayz_feed.batch import Batch
from banstream_dayz_feed.places import Places
from banstream_dayz_feed.ports import Store
from banstream_decider.frame import BatchDecider
from banstream_decider.ports import Decider


def deciding(
    store: Store, places: Places, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
) -> Decider[AnyLogSourceCommand]:
    """Decides on the one connection that writes. Time alone changes no source."""

    async def begin(head: int, commands: Sequence[AnyLogSourceCommand]) -> Batch:
        records = await store.records({each.source_id for each in commands})
        return Batch(head, records, places, new_event_id)

    async def write(batch: Batch) -> None:
        await store.project(batch.changed)

    return BatchDecider(store, begin, write, now)
