"""Use cases: what commands on incidents, players and policies concern, and what they change besides the log."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from banstream_abuse_tracker.domain.batch import Batch, Loaded, stream_of
from banstream_abuse_tracker.ports import Store
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    DismissIncidents,
    ForgetPlayer,
    PolicyCommand,
    RecordIncidents,
    RestartCount,
    RestoreIncidents,
)
from banstream_decider.frame import BatchDecider
from banstream_decider.ports import Decider

COUNTED_AGAIN = (DismissIncidents, RestoreIncidents, RestartCount)
"""Commands that need the incidents themselves, and not only what they have come to."""


def deciding(store: Store, now: Callable[[], datetime], new_event_id: Callable[[], UUID]) -> Decider[AnyAbuseCommand]:
    """Decides on the one connection that writes. Quiet times are noticed at the next incident and on reading.

    Forgetting a player is alone: what comes after it is locked anew.
    """

    async def begin(head: int, commands: Sequence[AnyAbuseCommand]) -> Batch:
        return Batch(await _load(store, head, commands), now(), new_event_id)

    async def write(batch: Batch) -> None:
        await store.project(batch.changes)
        if batch.changes.forgotten:
            await store.erase(batch.changes.forgotten, batch.position)

    return BatchDecider(store, begin, write, now, alone=(ForgetPlayer,))


async def _load(store: Store, head: int, commands: Sequence[AnyAbuseCommand]) -> Loaded:
    players = await store.players({stream for each in commands for stream in _streams(each)})
    counted_again = {stream_of(each.player) for each in commands if isinstance(each, COUNTED_AGAIN)}
    return Loaded(
        head=head,
        players=players,
        policies=await store.policies(),
        recorded=await store.recorded(
            {
                incident.incident_id
                for each in commands
                if isinstance(each, RecordIncidents)
                for incident in each.incidents
            }
        ),
        histories=await store.histories(counted_again) if counted_again else {},
    )


def _streams(command: AnyAbuseCommand) -> Iterator[str]:
    """The players that a command concerns."""
    if isinstance(command, RecordIncidents):
        yield from {stream_of(incident.player) for incident in command.incidents}
    elif not isinstance(command, PolicyCommand):
        yield stream_of(command.player)
