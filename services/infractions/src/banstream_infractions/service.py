"""Use cases: load, decide, append -- a batch of commands in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

import structlog

from banstream_contracts.commands.accounts import AccountCommand
from banstream_contracts.commands.appeals import DecideAppeal, OpenAppeal
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.infractions import Standing
from banstream_contracts.results import CommandResult
from banstream_decider.frame import failed, retried, undecided
from banstream_decider.ports import Received
from banstream_infractions.domain.accounts_rights import account_stream
from banstream_infractions.domain.answering import keys_of, with_standings
from banstream_infractions.domain.appeals_terms import OwnAppeals
from banstream_infractions.domain.batch import Batch
from banstream_infractions.domain.concerns import (
    Concern,
    concern_of,
    located_by,
    own_stream,
    sharing_by,
    subject_of,
)
from banstream_infractions.domain.reach import addresses_of
from banstream_infractions.domain.sought import Sought, sought_by
from banstream_infractions.domain.terms import Terms
from banstream_infractions.erasures import Erasures
from banstream_infractions.ports import Store
from banstream_infractions.privacy import Privacy

_DEFAULT_TERMS = Terms()

logger = structlog.stdlib.get_logger(__name__)


class Infractions:
    """Decides commands and keeps what came of them. One process at a time uses it (the leader)."""

    def __init__(
        self,
        store: Store,
        privacy: Privacy,
        now: Callable[[], datetime],
        new_event_id: Callable[[], UUID],
        terms: Terms = _DEFAULT_TERMS,
    ) -> None:
        self._store = store
        self._privacy = privacy
        self._now = now
        self._new_event_id = new_event_id
        self._terms = terms
        self._erasures = Erasures(store, now, new_event_id)

    async def execute(self, received: Sequence[Received[AnyCommand]]) -> list[CommandResult]:
        """Carry out commands in order; returns a result for each.

        All or none, but for erasures, which are on their own. A command that was carried out before gets its first
        result. Raises VersionConflict after three tries.
        """
        results: list[CommandResult] = []
        for _, group in groupby(received, lambda each: isinstance(each.command, ErasePlayer)):
            part = list(group)
            erasures = [
                Received(command, each.traceparent, each.stored_at)
                for each in part
                if isinstance(command := each.command, ErasePlayer)
            ]
            if erasures:
                results += [await retried(partial(self._erase, each)) for each in erasures]
            else:
                results += await retried(partial(self._execute, part))
        return results

    async def do_due(self, decided_until: datetime, limit: int = 500) -> int:
        """Append the end of timed infractions that have reached it; returns how many.

        An extension or a lift that was stored in time is decided first, however long it had to wait.
        """
        due_at = min(self._now(), decided_until)
        streams = await self._store.due_streams(due_at, limit)
        if not streams:
            return 0
        try:
            return await self._expire(streams, due_at)
        except ValueError:
            return sum([await self._expire_if_readable(stream, due_at) for stream in streams])

    async def _expire_if_readable(self, stream: str, due_at: datetime) -> int:
        """Nothing of a stream with an event that only a later release knows; when that is back, it is ended."""
        try:
            return await self._expire([stream], due_at)
        except ValueError as error:
            logger.warning("due_not_readable", error=type(error).__name__)
            return 0

    async def _expire(self, streams: Sequence[str], due_at: datetime) -> int:
        async with self._store.transaction() as head:
            batch = Batch(head, await self._store.known(streams, Sought(due_at=due_at)), due_at, self._new_event_id)
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
            fresh = undecided(received, known)
            commands = [each.command for each in fresh.values()]
            located = await self._located(commands)
            concerns = await self._concerns(commands, located)
            streams = {stream for concern in concerns.values() for stream in (concern.stream, *concern.context)}
            terms = await self._known_terms(commands)
            sought = sought_by((each.command, concerns[command_id]) for command_id, each in fresh.items())
            known_streams = await self._store.known(streams, sought)
            batch = Batch(head, known_streams, self._now(), self._new_event_id, terms, located)
            persons = {command_id: concern.person for command_id, concern in concerns.items()}
            for each in await self._privacy.relock(self._store, list(fresh.values()), persons):
                batch.decide(concerns[each.command.command_id], each)
            await self._write(batch)
            results = {**known, **batch.results}
            answered = [results[each.command.command_id] for each in received]
            return await self._answers(answered, batch.standings(answered))

    async def _erase(self, received: Received[ErasePlayer]) -> CommandResult:
        async with self._store.transaction() as head:
            result = await self._erasures.execute(head, received)
            return (await self._answers([result], {}))[0]

    async def _write(self, batch: Batch) -> None:
        if batch.events:
            await self._store.append(batch.events, self._now())
            await self._store.project(batch.changes)
        if batch.results:
            await self._store.remember(list(batch.results.values()), self._now())

    async def _answers(self, results: Sequence[CommandResult], known: Mapping[str, Standing]) -> list[CommandResult]:
        keys = {key for result in results for infraction in result.infractions for key in keys_of(infraction)}
        asked = keys - known.keys()
        standings = {**known, **(await self._store.standings(asked) if asked else {})}
        return [with_standings(result, standings) for result in results]

    async def _located(self, commands: Sequence[AnyCommand]) -> dict[str, str]:
        """Of what commands are about and do not name their stream, and of what has an id already that they bring."""
        ids = {found for each in commands for found in (subject_of(each), *located_by(each, {})) if found}
        return await self._store.streams_of(ids) if ids else {}

    async def _concerns(self, commands: Sequence[AnyCommand], found: Mapping[str, str]) -> dict[UUID, Concern]:
        """With what those before each in the batch may make. Asks the read models where a command names no stream."""
        located = dict(found)
        addresses = {address for each in commands for address in addresses_of(each)}
        sharing = await self._store.streams_at(addresses) if addresses else {}
        for each in commands:
            for brought, stream in located_by(each, located).items():
                if stream:
                    located.setdefault(brought, stream)
            for address, stream in (sharing_by(each, located, addresses) if addresses else {}).items():
                sharing.setdefault(address, []).append(stream)
        opened = [each for each in commands if isinstance(each, OpenAppeal)]
        if opened:
            sharing |= await self._appeals(opened)
        owners = await self._owners([each for each in commands if isinstance(each, AccountCommand)])
        return {each.command_id: concern_of(each, located, sharing, owners) for each in commands}

    async def _appeals(self, opened: Sequence[OpenAppeal]) -> dict[str, list[str]]:
        """The streams of the appeals against each infraction, those of the batch too."""
        found = await self._store.appeals_of({each.infraction_id for each in opened})
        for each in opened:
            found.setdefault(each.infraction_id, []).append(own_stream(each))
        return found

    async def _known_terms(self, commands: Sequence[AnyCommand]) -> Terms:
        """With the reviewers there are, where that matters."""
        appeals = self._terms.appeals
        if appeals.own is not OwnAppeals.IF_ALONE or not any(isinstance(each, DecideAppeal) for each in commands):
            return self._terms
        return replace(self._terms, appeals=replace(appeals, reviewers=await self._store.reviewers()))

    async def _owners(self, commands: Sequence[AccountCommand]) -> list[str]:
        """The streams of every owner, and of whom the batch may make one."""
        if not commands:
            return []
        ids = [*await self._store.owners(), *(each.account_id for each in commands)]
        return [account_stream(each) for each in dict.fromkeys(ids)]
