"""The use case of erasing a player, alone in its transaction: nothing before it is kept, nothing after it lost.

Commands that came before are written already, and what they locked goes; what comes after gets new keys.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from banstream_contracts.erasure import ErasePlayer, PlayerErased
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_infractions.domain.batch import Batch, Changes, known_of
from banstream_infractions.domain.concerns import Concern, whose
from banstream_infractions.domain.record import admin_stream
from banstream_infractions.ports import Store, Traces

_EVER = datetime.max.replace(tzinfo=UTC)


class Erasures:
    """Decides one erasure, and takes out what the log and the read models hold."""

    def __init__(self, store: Store, now: Callable[[], datetime], new_event_id: Callable[[], UUID]) -> None:
        self._store = store
        self._now = now
        self._new_event_id = new_event_id

    async def execute(self, head: int, received: Received[ErasePlayer]) -> CommandResult:
        """Within a transaction that holds the log. The same command again gets its first result."""
        command = received.command
        if known := (await self._store.outcomes([command.command_id])).get(command.command_id):
            return known
        traces = await self._store.traces(command.player)
        concern = await self._concern(command, traces)
        streams = (concern.stream, *concern.context)
        histories = await self._store.load(streams)
        whole = {stream: known_of(history) for stream, history in histories.items()}
        batch = Batch(head, whole, self._now(), self._new_event_id)
        batch.decide(concern, Received(_seen(command, traces), received.traceparent, received.stored_at))
        result = batch.results[command.command_id]
        if batch.events:
            await self._store.append(batch.events, self._now())
            changes = await self._without_what_is_erased(command.player, concern, batch)
            await self._store.project(changes)
            fresh = tuple(changes.infractions[each.id] for each in result.infractions)
            result = result.model_copy(update={"infractions": fresh})
        await self._store.remember([result], self._now())
        return result

    async def _concern(self, command: ErasePlayer, traces: Traces) -> Concern:
        sharing = await self._store.streams_at(traces.address_hashes) if traces.address_hashes else {}
        admin = [admin_stream(command.actor.admin)] if command.actor.admin else []
        own = whose(command.player, None)
        context = [
            *admin,
            *(whose(None, address) for address in traces.address_hashes),
            *(stream for streams in sharing.values() for stream in streams if stream != own),
            *(f"request:{request_id}" for request_id in traces.request_ids),
        ]
        return Concern(own, tuple(dict.fromkeys(context)))

    async def _without_what_is_erased(self, player: Player, concern: Concern, batch: Batch) -> Changes:
        """Take out the keys, then read again what is left: the log and the read models say the same."""
        addresses = [
            whose(None, address)
            for event in batch.events
            if event.type == PlayerErased.model_fields["type"].default
            for address in event.data.get("address_hashes", ())
        ]
        mine = [concern.stream, *addresses, *(each for each in concern.context if each.startswith("request:"))]
        changes = Changes()
        await self._store.erase([concern.stream, *addresses], batch.position)
        for history in (await self._store.load(mine)).values():
            record = known_of(history).record
            changes.infractions.update(record.infractions)
            if record.request:
                changes.requests[record.request.id] = record.request
        await self._store.forget_outcomes(player, list(changes.infractions))
        await self._store.forget_files(list(changes.infractions))
        return changes


def _seen(command: ErasePlayer, traces: Traces) -> ErasePlayer:
    """What is locked for the player says that somebody has seen them since the last erasure, whatever clocks say."""
    return command.model_copy(update={"seen_at": _EVER}) if traces.has_key else command
