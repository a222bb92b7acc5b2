"""Waking who waits, and seats for them."""

import asyncio
from contextlib import ExitStack

import pytest

from banstream_gateway.feed.bell import Bell, Seats
from banstream_gateway.problems import Unavailable


async def waiting(bell: Bell, server_id: str | None, seconds: float = 60) -> asyncio.Task[None]:
    task = asyncio.create_task(bell.wait(server_id, seconds))
    await asyncio.sleep(0)
    return task


async def test_what_concerns_one_server_wakes_its_clients_alone() -> None:
    bell = Bell()
    first, second, other, nobody = [await waiting(bell, server) for server in ("a", "a", "b", None)]
    bell.ring("a")
    await first
    await second
    assert not other.done()
    assert not nobody.done()
    bell.ring()
    await other
    await nobody


async def test_many_are_woken_a_few_at_a_time_so_that_checks_come_between() -> None:
    bell = Bell()
    everybody = [await waiting(bell, server) for server in ("a", "b") for _ in range(500)]
    bell.ring("a")
    bell.ring()
    woken, in_one_turn = 0, []
    while woken < len(everybody):
        await asyncio.sleep(0)
        in_one_turn.append(sum(task.done() for task in everybody) - woken)
        woken += in_one_turn[-1]
    assert max(in_one_turn) <= 100


async def test_waiting_ends_after_its_time_and_leaves_nothing_behind() -> None:
    bell = Bell()
    await bell.wait("a", 0.001)
    assert bell._waiting == {}  # noqa: SLF001 - nothing else shows it


async def test_who_gives_up_leaves_nothing_behind() -> None:
    bell = Bell()
    task = await waiting(bell, "a")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bell._waiting == {}  # noqa: SLF001 - as above


def test_seats_are_limited_and_given_back() -> None:
    seats = Seats(1)
    with seats.seat("poll", "a"), pytest.raises(Unavailable), seats.seat("ws", "b"):
        pass
    assert seats.taken.total() == 0
    with seats.seat("ws", "a"):
        assert seats.taken["ws"] == 1


def test_one_transport_may_have_fewer_seats_than_there_are() -> None:
    seats = Seats(3)
    with seats.seat("snapshot", "a", 1), seats.seat("poll", "a"):
        with pytest.raises(Unavailable), seats.seat("snapshot", "a", 1):
            pass
        with seats.seat("poll", "a"):
            assert seats.taken == {"snapshot": 1, "poll": 2}


@pytest.mark.parametrize(
    ("transports", "most_of_transport"),
    [(["poll", "sse", "ws", "snapshot"], None), (["snapshot"], 8)],
    ids=["all seats", "those of one transport"],
)
def test_one_credential_never_takes_every_seat(transports: list[str], most_of_transport: int | None) -> None:
    seats = Seats(8 if most_of_transport is None else 100)
    with ExitStack() as held:
        for number in range(6):
            held.enter_context(seats.seat(transports[number % len(transports)], "greedy", most_of_transport))
        with pytest.raises(Unavailable, match="this credential"), seats.seat("snapshot", "greedy", most_of_transport):
            pass
        for _ in range(2):
            held.enter_context(seats.seat("snapshot", "other", most_of_transport))
    with seats.seat("snapshot", "greedy", most_of_transport):
        assert seats.taken.total() == 1
