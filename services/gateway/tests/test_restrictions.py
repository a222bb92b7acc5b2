"""The merge of watch and own writes against a model that forgets nothing."""

import asyncio
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.infractions import Restriction, Standing
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.standings import Packing, read

KEYS = ["roblox=1", "roblox=2", f"address={'0' * 64}"]


def entry(position: int, *reasons: str) -> bytes:
    restrictions = tuple(
        Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason=reason, scope="global")
        for reason in reasons
    )
    return Standing(position=position, restrictions=restrictions).model_dump_json().encode()


def reasons(held: Restrictions, key: str) -> list[str]:
    return [restriction.reason for restriction in held.lookup(key)]


@dataclass
class Model:
    """The newest standing ever heard of, per key."""

    known: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def hear(self, key: str, position: int, reasons: list[str]) -> None:
        if position >= self.known.get(key, (0, []))[0]:
            self.known[key] = (position, reasons)

    def reasons(self, key: str) -> list[str]:
        return self.known.get(key, (0, []))[1]


@given(st.data())
def test_no_interleaving_of_watch_and_late_own_writes_shows_an_older_standing(data: st.DataObject) -> None:
    log = [
        (key, position, ["banned"] if is_banned else [])
        for position, (key, is_banned) in enumerate(
            data.draw(st.lists(st.tuples(st.sampled_from(KEYS), st.booleans()), max_size=12)), start=1
        )
    ]
    held, model, fed = Restrictions(), Model(), 0
    own = data.draw(st.lists(st.sampled_from(log), max_size=12)) if log else []
    steps = data.draw(st.permutations(["own"] * len(own) + ["watch"] * len(log)))
    held.begin()
    for step in steps:
        if step == "own":
            key, position, now = own.pop()
            model.hear(key, position, now)
            held.apply_own(key, entry(position, *now))
        else:
            key, position, now = log[fed]
            fed += 1
            model.hear(key, position, now)
            held.apply(key, entry(position, *now))
            if data.draw(st.booleans()):
                held.apply("position", str(position).encode())
        assert {key: reasons(held, key) for key in KEYS} == {key: model.reasons(key) for key in KEYS}
    held.apply("position", str(len(log)).encode())
    held.complete()
    assert {key: reasons(held, key) for key in KEYS} == {key: model.reasons(key) for key in KEYS}
    assert len(held) == sum(bool(model.reasons(key)) for key in KEYS)


def test_a_cleared_own_write_is_not_undone_by_an_older_entry_of_the_watch() -> None:
    held = Restrictions()
    held.apply_own("roblox=1", entry(5))
    held.apply("roblox=1", entry(3, "old"))
    assert reasons(held, "roblox=1") == []


def test_a_late_own_write_does_not_undo_what_the_watch_has_covered() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(5))
    held.apply("position", b"5")
    held.apply_own("roblox=1", entry(4, "old"))
    assert reasons(held, "roblox=1") == []


def test_a_late_own_write_does_not_undo_an_entry_whose_position_is_not_announced_yet() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(5))
    held.apply_own("roblox=1", entry(4, "old"))
    assert reasons(held, "roblox=1") == []


def test_a_deletion_from_before_an_own_write_does_not_end_it() -> None:
    held = Restrictions()
    held.apply_own("roblox=1", entry(5, "new"))
    held.apply("roblox=1", None)
    assert reasons(held, "roblox=1") == ["new"]
    held.apply("position", b"5")
    held.apply("roblox=1", None)
    assert reasons(held, "roblox=1") == []


def test_a_deletion_ends_a_restriction() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(1, "x"))
    held.apply("roblox=1", None)
    assert reasons(held, "roblox=1") == []


def test_what_vanished_while_the_watch_was_away_vanishes_here() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(1, "x"))
    held.apply("roblox=2", entry(2, "y"))
    held.apply("position", b"2")
    held.begin()
    held.apply("roblox=2", entry(2, "y"))
    held.apply("position", b"3")
    assert reasons(held, "roblox=1") == ["x"]
    assert not held.is_behind
    held.complete()
    assert reasons(held, "roblox=1") == []
    assert reasons(held, "roblox=2") == ["y"]


def test_an_own_write_ahead_of_the_watch_survives_a_new_pass() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(1, "x"))
    held.apply("position", b"1")
    held.apply_own("roblox=2", entry(2, "own"))
    held.begin()
    held.apply("roblox=1", entry(1, "x"))
    held.apply("position", b"1")
    held.complete()
    assert reasons(held, "roblox=2") == ["own"]


def test_an_emptied_bucket_does_not_pass_for_one_where_nobody_is_banned() -> None:
    held = Restrictions()
    held.apply("roblox=1", entry(1, "x"))
    held.apply("position", b"1")
    held.begin()
    assert held.is_behind


async def test_waiting_ends_when_the_watch_reaches_the_position() -> None:
    held = Restrictions()
    waiting = asyncio.create_task(held.wait_for(3, 30))
    await asyncio.sleep(0)
    held.apply("position", b"2")
    await asyncio.sleep(0)
    assert not waiting.done()
    held.apply("position", b"3")
    await waiting


async def test_waiting_ends_after_its_time() -> None:
    held = Restrictions()
    await held.wait_for(10**18, 0.01)
    assert not held.covers([], 10**18)


def test_an_unreadable_entry_is_a_value_error() -> None:
    broken: Any = Restrictions()
    for value in (b"", b"{", b'{"position":"x"}'):
        try:
            broken.apply("roblox=1", value)
        except ValueError:
            continue
        raise AssertionError(value)


def test_what_is_kept_takes_no_more_memory_than_it_has_bytes() -> None:
    """Python hands out multiples of 16 bytes, so values of one size lie as far apart as each of them takes."""
    packing = Packing()
    kept = [packing.packed(read(entry(1_000_000 + number, f"seen by staff, {number:06}"))) for number in range(1000)]
    apart = min(following - place for place, following in pairwise(sorted(id(value) for value in kept)))
    assert apart < sys.getsizeof(kept[0]) + 16
