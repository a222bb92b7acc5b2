"""Use cases: what commands on ban files concern, and what they change besides the log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.commands.ban_files import AnyBanFileCommand
from banstream_decider.documents import DocumentStore
from banstream_decider.frame import BatchDecider
from banstream_decider.ports import Decider
from banstream_ftp_sync.batch import Batch
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.sealing import Opener


def deciding(
    store: DocumentStore[Record], opener: Opener, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
) -> Decider[AnyBanFileCommand]:
    """Decides on the one connection that writes. Bans that end are events of infractions."""

    async def begin(head: int, commands: Sequence[AnyBanFileCommand]) -> Batch:
        named = await store.find({each.ban_file_id for each in commands})
        return Batch(head, {**await store.present(), **named}, new_event_id, opener)

    async def write(batch: Batch) -> None:
        await store.put(batch.changed)

    return BatchDecider(store, begin, write, now)
