"""Use cases: load, decide, append -- a batch of commands in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from banstream_contracts.commands import (
    AnyCommand,
    CreateCredential,
    IssueInfraction,
    LiftRestrictions,
    OpenRequest,
    RequestKick,
    RevokeCredential,
    RotateCredential,
    SendMessage,
)
from banstream_contracts.events import InfractionEvent
from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.players import address_token
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed, retried
from banstream_decider.ports import Received
from banstream_infractions.batch import Batch
from banstream_infractions.ports import Store
from banstream_infractions.privacy import Privacy

_NOWHERE = "nowhere:"
"""The stream of a command about something that does not exist: empty, so that the decision says so."""


class Infractions:
    """Decides commands and keeps what came of them. One process at a time uses it (the leader)."""

    def __init__(
        self, store: Store, privacy: Privacy, now: Callable[[], datetime], new_event_id: Callable[[], UUID]
    ) -> None:
        self._store = store
        self._privacy = privacy
        self._now = now
        self._new_event_id = new_event_id

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        """Carry out commands in order, all or none; returns a result for each.

        A command that was carried out before gets its first result. Raises VersionConflict after three tries.
        """
        return await retried(lambda: self._execute(received))

    async def do_due(self, limit: int = 500) -> int:
        """Append the end of timed infractions that have reached it; returns how many."""
        streams = await self._store.due_streams(self._now(), limit)
        if not streams:
            return 0
        async with self._store.transaction() as head:
            batch = Batch(head, await self._store.load(streams), self._now(), self._new_event_id)
            for stream in streams:
                batch.expire(stream)
            await self._write(batch)
        return len(batch.events)

    async def give_up(self, command: AnyCommand, reason: str) -> CommandResult:
        """Keep that a command could not be handled; it is decided anew when an operator retries it."""
        result = failed(command, reason)
        async with self._store.transaction():
            await self._store.remember([result], self._now())
        return result

    async def _execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        async with self._store.transaction() as head:
            known = await self._store.outcomes(each.command.command_id for each in received)
            fresh = {each.command.command_id: each for each in received if each.command.command_id not in known}
            streams = await self._streams([each.command for each in fresh.values()])
            batch = Batch(head, await self._store.load(set(streams.values())), self._now(), self._new_event_id)
            for each in await self._privacy.relock(self._store, list(fresh.values()), streams):
                batch.decide(streams[each.command.command_id], each)
            await self._write(batch)
            return await self._answers(received, {**known, **batch.results})

    async def _write(self, batch: Batch) -> None:
        if batch.events:
            await self._store.append(batch.events, self._now())
            await self._store.project(batch.changes)
        if batch.results:
            await self._store.remember(list(batch.results.values()), self._now())

    async def _answers(
        self, received: Sequence[Received[AnyCommand]], results: Mapping[UUID, CommandResult]
    ) -> list[CommandResult]:
        keys = {key for result in results.values() for infraction in result.infractions for key in keys_of(infraction)}
        standings = await self._store.standings(keys) if keys else {}
        return [_with_standings(results[each.command.command_id], standings) for each in received]

    async def _streams(self, commands: Sequence[AnyCommand]) -> dict[UUID, str]:
        issued = {each.infraction_id: _stream_of(each) for each in commands if isinstance(each, IssueInfraction)}
        created = {each.credential_id: _stream_of(each) for each in commands if isinstance(each, CreateCredential)}
        subjects = {each.command_id: _subject_of(each) for each in commands}
        located = {**await self._store.streams_of(set(subjects.values())), **issued, **created}
        return {
            each.command_id: _stream_of(each) or located.get(subjects[each.command_id], _NOWHERE) for each in commands
        }


def keys_of(whom: Infraction | InfractionEvent) -> list[str]:
    """The KV keys of whom an infraction restricts."""
    keys = [whom.player.token] if whom.player else []
    return [*keys, address_token(whom.address_hash)] if whom.address_hash else keys


def _stream_of(command: AnyCommand) -> str:
    """The log stream that a command names by itself; empty where it must be looked up."""
    match command:
        case IssueInfraction(player=None):
            return f"address:{command.address.hash}" if command.address else _NOWHERE
        case IssueInfraction() | LiftRestrictions() | RequestKick():
            return f"player:{command.player}"
        case CreateCredential():
            return f"{command.kind}:{command.credential_id}"
        case OpenRequest():
            return f"request:{command.request_id}"
        case SendMessage():
            return f"message:{command.message_id}"
        case _:
            return ""


def _subject_of(command: AnyCommand) -> str:
    """The id of the infraction or credential that a command is about; empty where the command names its stream."""
    match command:
        case LiftRestrictions() | OpenRequest() | SendMessage() | RequestKick():
            return ""
        case CreateCredential() | RotateCredential() | RevokeCredential():
            return command.credential_id
        case _:
            return command.infraction_id


def _with_standings(result: CommandResult, standings: Mapping[str, Standing]) -> CommandResult:
    touched = {key: standings[key] for infraction in result.infractions for key in keys_of(infraction)}
    return result.model_copy(update={"standings": touched}) if touched else result
