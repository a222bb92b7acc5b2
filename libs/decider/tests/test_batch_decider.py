"""What a transaction decides, and what it writes: in memory, with a log that counts."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infraction_messages import AnyCommand
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult
from banstream_decider.frame import BatchDecider, parts
from banstream_decider.ports import Decider, Received
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.writing import VersionConflict
from banstream_runtime.identifiers import new_id
from banstream_testing.event_logs import event
from banstream_testing.infractions import MODERATOR, issue

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class InMemory:
    """A store. Of its transactions the first ones conflict, as many as `conflicts`."""

    conflicts: int = 0
    begun: int = 0
    log: list[NewEvent] = field(default_factory=list)
    known: dict[UUID, CommandResult] = field(default_factory=dict)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        self.begun += 1
        yield len(self.log)

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        return {each: self.known[each] for each in command_ids if each in self.known}

    async def append(self, events: Sequence[NewEvent], _recorded_at: datetime) -> list[LoggedEvent]:
        if self.begun <= self.conflicts:
            raise VersionConflict
        self.log += events
        return []

    async def remember(self, results: Sequence[CommandResult], _decided_at: datetime) -> None:
        self.known |= {each.command_id: each for each in results}


@dataclass
class Counted:
    """A batch in which every command is an event, but those about players whom nobody knows."""

    head: int
    events: list[NewEvent] = field(default_factory=list)
    results: dict[UUID, CommandResult] = field(default_factory=dict)

    def decide(self, received: Received[AnyCommand]) -> None:
        command = received.command
        is_known = not (isinstance(command, ErasePlayer) and command.player == NOBODY)
        self.events += [event()] if is_known else []
        self.results[command.command_id] = CommandResult(
            command_id=command.command_id,
            status="applied" if is_known else "unchanged",
            position=self.head + len(self.events),
        )


NOBODY = Player(service="roblox", id="404")


def erase(player: Player = NOBODY) -> ErasePlayer:
    return ErasePlayer(
        command_id=new_id(),
        issued_at=NOW,
        actor=MODERATOR,
        correlation_id=new_id(),
        player=player,
        reason="asked for",
    )


def deciding(store: InMemory, written: list[int]) -> Decider[AnyCommand]:
    """`written` gets the number of events of each batch that was written."""

    async def begin(head: int, _commands: Sequence[AnyCommand]) -> Counted:
        return Counted(head)

    async def write(batch: Counted) -> None:
        written.append(len(batch.events))

    return BatchDecider(store, begin, write, lambda: NOW, alone=(ErasePlayer,))


def received(*commands: AnyCommand) -> list[Received[AnyCommand]]:
    return [Received(each) for each in commands]


def test_what_is_alone_parts_those_before_it_from_those_after_it() -> None:
    one, two, alone, again, three = given = received(issue(), issue(), erase(), erase(), issue())
    assert list(parts(given, (ErasePlayer,))) == [[one, two], [alone], [again], [three]]
    assert list(parts(given, ())) == [given]


async def test_each_command_gets_its_result_in_order_however_many_transactions_there_were() -> None:
    store, written = InMemory(), list[int]()
    commands = (issue(), issue(), erase(Player(service="roblox", id="1")), issue())
    results = await deciding(store, written).execute(received(*commands))
    assert [each.command_id for each in results] == [each.command_id for each in commands]
    assert [each.position for each in results] == [1, 2, 3, 4]
    assert (store.begun, written) == (3, [2, 1, 1])


async def test_what_changes_nothing_is_remembered_and_not_written() -> None:
    store, written = InMemory(), list[int]()
    (result,) = await deciding(store, written).execute(received(erase()))
    assert (result.status, written, store.log) == ("unchanged", [], [])
    assert store.known == {result.command_id: result}


async def test_a_command_that_comes_again_gets_its_first_result() -> None:
    store, written = InMemory(), list[int]()
    decider, command = deciding(store, written), issue()
    first = await decider.execute(received(command))
    again, other, twice = await decider.execute(received(command, issue(), command))
    assert [again, twice] == [*first, *first]
    assert other.position == 2
    assert written == [1, 1]


@pytest.mark.parametrize("conflicts", [1, 2])
async def test_a_conflict_is_decided_anew(conflicts: int) -> None:
    store, written = InMemory(conflicts), list[int]()
    (result,) = await deciding(store, written).execute(received(issue()))
    assert (result.status, len(store.log), written) == ("applied", 1, [1])


async def test_the_third_conflict_is_raised_and_nothing_remembered() -> None:
    store = InMemory(conflicts=3)
    with pytest.raises(VersionConflict):
        await deciding(store, []).execute(received(issue()))
    assert (store.begun, store.known) == (3, {})


async def test_what_is_given_up_is_remembered_as_failed() -> None:
    store, command = InMemory(), issue()
    result = await deciding(store, []).give_up(command, "boom")
    assert (result.status, result.refusal and result.refusal.code) == ("refused", "failed")
    assert store.known == {command.command_id: result}
