"""What a start takes over of a copy, and of how old it says that it is."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_contracts import streams
from banstream_contracts.infractions import Restriction, Standing
from banstream_edge.bucket_watch import BucketWatch
from banstream_gateway.copies import blocks
from banstream_gateway.copies.blocks import UNFINISHED, Block
from banstream_gateway.copies.files import CopyFile
from banstream_gateway.copies.originals import Original
from banstream_gateway.copies.restoring import Restoring
from banstream_gateway.held.restrictions import Restrictions

KEY = bytes(32)
BUCKET = streams.RESTRICTIONS_BUCKET
DAY = 86_400.0


def standing(position: int, *reasons: str) -> bytes:
    restrictions = tuple(
        Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason=each, scope="global")
        for each in reasons
    )
    return Standing(position=position, restrictions=restrictions).model_dump_json(exclude_none=True).encode()


def copy(folder: Path, as_of: float, held: Restrictions, *more: Block) -> None:
    whole = Block(UNFINISHED, held.position, held.words, {key: held.copied(key) for key in held.keys()})  # noqa: SIM118 - no dictionary
    file = CopyFile(folder, BUCKET, KEY)
    file.add([blocks.write(each) for each in (whole, *more, Block(as_of, held.position, (), {}))])
    file.put_in_place()
    file.close()


def known(**players: str) -> Restrictions:
    held = Restrictions()
    for position, (player, reason) in enumerate(players.items(), start=1):
        held.apply(player, standing(position, reason))
    held.apply(streams.POSITION_KEY, b"10")
    return held


async def restored(folder: Path, held: Restrictions, most_seconds: float = DAY) -> BucketWatch:
    watch = BucketWatch(BUCKET, held)
    await Restoring(folder, [KEY], [Original(watch, held)], after_seconds=0, most_seconds=most_seconds).run()
    return watch


def reasons(held: Restrictions, key: str) -> list[str]:
    return [each.reason for each in held.lookup(key)]


async def test_a_copy_is_as_old_as_it_says(tmp_path: Path) -> None:
    copy(tmp_path, time.time() - 3600, known(a="x"))
    held = Restrictions()
    watch = await restored(tmp_path, held)
    assert (watch.is_loaded, watch.lacks, watch.is_in_step) == (True, None, False)
    assert 3600 <= watch.stale_seconds() < 3700
    assert watch.copied_at is not None
    assert 3600 <= (datetime.now(UTC) - watch.copied_at).total_seconds() < 3700
    assert (held.position, reasons(held, "a"), reasons(held, "b"), len(held)) == (10, ["x"], [], 1)
    assert not held.has_none_of(["b"])


async def test_a_copy_from_the_future_is_as_old_as_one_may_be(tmp_path: Path) -> None:
    """A clock that was set back makes nothing fresh."""
    copy(tmp_path, time.time() + 3600, known(a="x"))
    watch = await restored(tmp_path, Restrictions())
    assert DAY <= watch.stale_seconds() < DAY + 100


async def test_a_copy_that_is_too_old_is_not_used(tmp_path: Path) -> None:
    copy(tmp_path, time.time() - DAY - 1, known(a="x"))
    held = Restrictions()
    watch = await restored(tmp_path, held)
    assert (watch.is_loaded, watch.lacks, len(held), held.position) == (False, "not loaded yet", 0, 0)


async def test_whatever_the_watch_has_brought_stays(tmp_path: Path) -> None:
    """Its words too, which are others than those of the copy."""
    copy(tmp_path, time.time(), known(a="copied", b="copied", c="copied"))
    held = Restrictions()
    held.begin()
    held.apply("a", standing(1, "watched"))
    held.apply_own("b", standing(2, "own"))
    await restored(tmp_path, held)
    assert [reasons(held, key) for key in "abc"] == [["watched"], ["own"], ["copied"]]
    held.apply("c", standing(1))
    assert reasons(held, "c") == []
    held.complete()
    assert sorted(held.keys()) == ["a", "b"]


@pytest.mark.parametrize("told", [standing(7), None], ids=["cleared", "deleted"])
async def test_whom_the_watch_has_cleared_is_not_restricted_by_a_copy(tmp_path: Path, told: bytes | None) -> None:
    """In a bucket that is being filled, where that may be for long."""
    copy(tmp_path, time.time(), known(a="copied", b="copied"))
    held = Restrictions()
    held.begin()
    held.apply("a", told)
    held.apply(streams.POSITION_KEY, b"8")
    await restored(tmp_path, held)
    assert [reasons(held, key) for key in "ab"] == [[], ["copied"]]


async def test_whatever_the_watch_brings_later_is_newer(tmp_path: Path) -> None:
    copy(tmp_path, time.time(), known(a="copied", b="copied", c="copied", d="copied"))
    held = Restrictions()
    await restored(tmp_path, held)
    held.begin()
    held.apply("a", standing(1, "watched"))
    held.apply("b", None)
    assert [reasons(held, key) for key in "abcd"] == [["watched"], [], ["copied"], ["copied"]]
    assert held.position == 10
    held.apply(streams.POSITION_KEY, b"3")
    assert (held.position, held.is_behind) == (3, False)
    held.apply_own("c", standing(4, "own"))
    held.complete()
    assert [reasons(held, key) for key in "abcd"] == [["watched"], [], ["own"], []]
    assert held.has_none_of(["b", "d"])


async def test_what_was_added_to_a_copy_holds(tmp_path: Path) -> None:
    first = known(a="one", b="one")
    words = len(first.words)
    later = known(a="one", b="one")
    later.apply("c", standing(11, "two"))
    added = Block(UNFINISHED, 11, later.words[words:], {"a": None, "c": later.copied("c")})
    copy(tmp_path, time.time(), first, added)
    held = Restrictions()
    await restored(tmp_path, held)
    assert [reasons(held, key) for key in "abc"] == [[], ["one"], ["two"]]


async def test_a_copy_that_can_be_read_in_part_is_not_used(tmp_path: Path) -> None:
    """What its first part lets in may be what a later one revokes."""
    copy(tmp_path, time.time(), known(a="x"), Block(UNFINISHED, 10, (), {"b": 1}))  # type: ignore[dict-item]
    held = Restrictions()
    watch = await restored(tmp_path, held)
    assert (watch.lacks, held.keys(), held.position) == ("not loaded yet", [], 0)


async def test_what_cannot_be_read_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    file = CopyFile(tmp_path, BUCKET, KEY)
    file.add([b"signed, and nothing that was ever written"])
    file.put_in_place()
    watch = await restored(tmp_path, Restrictions())
    assert watch.lacks == "not loaded yet"
    file.close()


@pytest.mark.parametrize("is_arriving", [True, False], ids=["arriving", "silent"])
async def test_a_bucket_that_is_arriving_is_waited_for(tmp_path: Path, *, is_arriving: bool) -> None:
    class Watch(BucketWatch):
        @property
        def is_arriving(self) -> bool:
            self.is_loaded = is_arriving
            return is_arriving

    copy(tmp_path, time.time(), known(a="copied"))
    held = Restrictions()
    watch = Watch(BUCKET, held)
    await Restoring(tmp_path, [KEY], [Original(watch, held)], after_seconds=0, most_seconds=DAY).run()
    assert (watch.copied_at is None) == is_arriving


async def test_what_nats_brings_meanwhile_is_the_end_of_it(tmp_path: Path) -> None:
    class Held(Restrictions):
        def adopt(self, words: Sequence[str], entries: Mapping[str, bytes | None], position: int) -> None:
            super().adopt(words, entries, position)
            if not watch.is_loaded:
                self.complete()
            watch.is_loaded = True

    first = known(a="copied")
    words = len(first.words)
    first.apply("b", standing(11, "later"))
    copy(tmp_path, time.time(), known(a="copied"), Block(UNFINISHED, 11, first.words[words:], {"b": first.copied("b")}))
    held = Held()
    watch = BucketWatch(BUCKET, held)
    await Restoring(tmp_path, [KEY], [Original(watch, held)], after_seconds=0, most_seconds=DAY).run()
    assert (len(held), watch.copied_at) == (0, None)
