"""The use cases' frame on a store in memory: conflicts are retried, a batch is all or nothing."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from banstream_contracts.admins import Right
from banstream_contracts.calls import CallContent
from banstream_contracts.commands.admins import SetAdmin
from banstream_contracts.commands.calls import CallAdmin
from banstream_contracts.commands.infractions import LiftRestrictions
from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent, NewEvent
from banstream_event_log.writing import VersionConflict
from banstream_infractions.domain.batch import Changes, known_of
from banstream_infractions.domain.record import Known
from banstream_infractions.domain.sought import Sought
from banstream_infractions.ports import Store, Traces
from banstream_infractions.privacy import Privacy
from banstream_infractions.service import Infractions
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import MASTER_KEY, MODERATOR, issue


class MemoryStore:
    """A store that meets as many conflicts as it is told, and remembers what it was asked for."""

    def __init__(self, conflicts: int = 0) -> None:
        self.conflicts = conflicts
        self.asked: list[tuple[str, set[str]]] = []
        self.log: list[LoggedEvent] = []
        self.results: dict[UUID, CommandResult] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[int]:
        yield len(self.log)

    async def outcomes(self, command_ids: Iterable[UUID]) -> dict[UUID, CommandResult]:
        return {each: self.results[each] for each in command_ids if each in self.results}

    async def streams_of(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = {*ids}
        self.asked.append(("streams_of", wanted))
        return {each.data["infraction_id"]: each.stream for each in self.log if each.data["infraction_id"] in wanted}

    async def streams_at(self, address_hashes: Iterable[str]) -> dict[str, list[str]]:
        self.asked.append(("streams_at", {*address_hashes}))
        return {}

    async def appeals_of(self, infraction_ids: Iterable[str]) -> dict[str, list[str]]:
        self.asked.append(("appeals_of", {*infraction_ids}))
        return {}

    async def reviewers(self) -> frozenset[str]:
        return frozenset()

    async def owners(self) -> list[str]:
        return []

    async def load(self, streams: Iterable[str]) -> dict[str, list[LoggedEvent]]:
        wanted = {*streams}
        self.asked.append(("load", wanted))
        return {stream: [each for each in self.log if each.stream == stream] for stream in wanted}

    async def known(self, streams: Iterable[str], _sought: Sought) -> dict[str, Known]:
        return {stream: known_of(history) for stream, history in (await self.load(streams)).items()}

    async def append(self, events: Sequence[NewEvent], recorded_at: datetime) -> list[LoggedEvent]:
        if self.conflicts:
            self.conflicts -= 1
            raise VersionConflict
        head = len(self.log)
        logged = [link(event, head + place, recorded_at, GENESIS) for place, event in enumerate(events, 1)]
        self.log += logged
        return logged

    async def project(self, changes: Changes) -> None:
        """Nothing reads it here."""

    async def remember(self, results: Sequence[CommandResult], _decided_at: datetime) -> None:
        self.results |= {result.command_id: result for result in results}

    async def standings(self, keys: Iterable[str]) -> dict[str, Standing]:
        return {key: Standing(position=len(self.log)) for key in keys}

    async def due_streams(self, _now: datetime, _limit: int) -> list[str]:
        return []

    async def person_keys(self, _persons: Iterable[str]) -> dict[str, bytes]:
        return {}

    async def add_person_keys(self, wrapped: Mapping[str, bytes]) -> None:
        """No personal data here."""

    async def put_person_keys_in_front(self, wrapped: Mapping[str, bytes]) -> None:
        """No personal data here."""

    async def traces(self, _player: Player) -> Traces:
        return Traces()

    async def erase(self, _persons: Sequence[str], _position: int) -> None:
        """No personal data here."""

    async def forget_outcomes(self, _player: Player, _infraction_ids: Sequence[str]) -> None:
        """They are kept whole."""

    async def forget_files(self, _infraction_ids: Sequence[str]) -> None:
        """There are none."""


def infractions(store: Store) -> Infractions:
    return Infractions(store, Privacy(MASTER_KEY), lambda: datetime.now(UTC), new_id)


@pytest.mark.parametrize("conflicts", [0, 1, 2])
async def test_a_version_conflict_is_tried_again(conflicts: int) -> None:
    store = MemoryStore(conflicts)
    (result,) = await infractions(store).execute([Received(issue())])
    assert (result.status, result.position, len(store.log)) == ("applied", 1, 1)


async def test_a_third_conflict_is_raised_and_nothing_is_remembered() -> None:
    store = MemoryStore(3)
    with pytest.raises(VersionConflict):
        await infractions(store).execute([Received(issue())])
    assert (store.log, store.results) == ([], {})


async def test_commands_of_a_batch_see_each_other() -> None:
    store = MemoryStore(0)
    first = issue("1", unless_in_force=True)
    same = issue("1", unless_in_force=True)
    one, other = await infractions(store).execute([Received(first), Received(same)])
    assert (one.status, other.status) == ("applied", "unchanged")
    assert other.infractions == one.infractions


async def test_of_two_commands_with_one_id_in_a_batch_the_first_is_carried_out() -> None:
    store = MemoryStore(0)
    first = issue("1", fingerprint="a" * 64)
    other = issue("2", command_id=first.command_id, fingerprint="b" * 64)
    results = await infractions(store).execute([Received(first), Received(other)])
    assert [(each.fingerprint, each.infractions[0].player) for each in results] == [
        (first.fingerprint, first.player)
    ] * 2
    assert [each.stream for each in store.log] == ["player:roblox:1"]


async def test_plain_bans_look_up_whether_their_ids_are_taken_and_load_their_players_streams() -> None:
    store = MemoryStore()
    bans = [issue("1"), issue("2")]
    await infractions(store).execute([Received(each) for each in bans])
    assert store.asked == [
        ("streams_of", {each.infraction_id for each in bans}),
        ("load", {"player:roblox:1", "player:roblox:2"}),
    ]


async def test_all_streams_that_commands_concern_are_loaded_at_once() -> None:
    store = MemoryStore()
    admin = Player(service="roblox", id="9")
    acting = MODERATOR.model_copy(update={"admin": admin})
    about = {name: getattr(issue(), name) for name in ("command_id", "issued_at", "actor", "correlation_id")}
    lift = LiftRestrictions(**{**about, "command_id": new_id()}, address_hash="ad" * 32, reason="shared")
    content = CallContent(caller=Player(service="roblox", id="3"), caller_name="x", message="help")
    call = CallAdmin(**{**about, "command_id": new_id()}, call_id="c" * 24, server_id="a" * 24, content=content)
    ban = issue("1", actor=acting)
    await infractions(store).execute([Received(each) for each in (ban, lift, call)])
    assert store.asked == [
        ("streams_of", {ban.infraction_id}),
        ("streams_at", {"ad" * 32}),
        (
            "load",
            {
                *("player:roblox:1", "admin:roblox:9", "admin:roblox:1"),
                *(f"address:{'ad' * 32}", f"calls:{'a' * 24}", "player:roblox:3"),
            },
        ),
    ]


async def test_each_event_goes_to_the_stream_it_names_and_is_counted_there() -> None:
    store = MemoryStore()
    service = infractions(store)
    admin = Player(service="roblox", id="9")
    about = {"issued_at": datetime.now(UTC), "actor": MODERATOR, "correlation_id": new_id()}
    make = SetAdmin(command_id=new_id(), player=admin, name="Alyx", rights=tuple(Right), **about)
    acting = MODERATOR.model_copy(update={"admin": admin})
    await service.execute([Received(make), Received(issue("1", actor=acting)), Received(issue("1", reason="x"))])
    assert [(each.stream, each.version) for each in store.log] == [
        ("admin:roblox:9", 1),
        ("player:roblox:1", 1),
        ("player:roblox:1", 2),
    ]
    assert [each.actor.get("name") for each in store.log[1:]] == ["Alyx", "moderator"]


async def test_a_result_tells_what_the_player_is_restricted_by_without_asking_the_read_models() -> None:
    """The stream of a player holds all that is theirs; an address may be shared, so that is asked for."""
    store = MemoryStore()
    service = infractions(store)
    await service.execute([Received(first := issue("1"))])
    (second,) = await service.execute([Received(issue("1", reason="x"))])
    standing = second.standings["roblox=1"]
    assert standing.position == second.position == 2
    assert {each.reason for each in standing.restrictions} == {first.reason, "x"}


async def test_a_repeated_command_is_answered_with_what_the_read_models_say_now() -> None:
    store = MemoryStore()
    service = infractions(store)
    command = issue("1")
    await service.execute([Received(command)])
    (again,) = await service.execute([Received(command)])
    assert again.standings == {"roblox=1": Standing(position=1)}
