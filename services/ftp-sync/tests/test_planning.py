"""What is decided of a ban file that was read: what is remembered of it, what counts as drift, loss and damage."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

import pytest

from banstream_contracts.players import Player
from banstream_ftp_sync.applying.plan import Plan, Target, digest, is_damaged, planned
from banstream_ftp_sync.applying.receipts import Drift, Policy, Remembered
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.formats.shape import BanFile, Format, Rendered
from banstream_ftp_sync.formats.wanted import WantedEntry

SQUAD, ARK, MINECRAFT = FORMATS["squad"], FORMATS["ark-evolved"], FORMATS["minecraft-players"]
OTHERS = b"by hand Banned:76561197960265001:0 //x\nby hand Banned:76561197960265002:0 //x\n"


def steam(number: int) -> str:
    return str(76561197960266000 + number)


def bans(*numbers: int, reason: str = "x") -> list[WantedEntry]:
    issued = datetime(2026, 2, 7, tzinfo=UTC)
    return [WantedEntry(f"{n:024x}", reason, issued, Player(service="steam", id=steam(n))) for n in numbers]


def written(before: bytes, *numbers: int, reason: str = "x") -> bytes:
    return SQUAD.render(SQUAD.parse(before), bans(*numbers, reason=reason)).content


def remembered(own: Mapping[str, str | None], foreign: int = 2) -> Remembered:
    return Remembered(digest(OTHERS), len(OTHERS), foreign, own)


def plan_of(target: Target, before: bytes | None) -> Plan:
    plan = planned(target, before)
    assert isinstance(plan, Plan), plan
    return plan


def meaning(number: int, reason: str = "x") -> str:
    (found,) = SQUAD.parse(written(b"", number, reason=reason)).found
    assert found is not None
    return digest(found.meaning)


def test_before_a_write_all_is_remembered_that_may_be_ours_if_it_breaks() -> None:
    """The lines that go as well: where they stay, the next attempt has to know them."""
    kept = remembered({steam(1): meaning(1), steam(2): meaning(2)})
    plan = plan_of(Target(SQUAD, bans(2, 3), kept), written(OTHERS, 1, 2))
    assert plan.intended.own == {steam(1): meaning(1), steam(2): meaning(2), steam(3): None}
    assert plan.remembered.own == {steam(2): meaning(2), steam(3): meaning(3)}
    assert (plan.intended.foreign, plan.remembered.foreign) == (2, 2)


def test_what_was_begun_and_never_confirmed_has_not_drifted() -> None:
    target = Target(SQUAD, bans(1), remembered({steam(1): None}))
    assert plan_of(target, OTHERS).drift == ()
    assert plan_of(target, written(OTHERS, 1, reason="y")).drift == ()
    known = replace(target, remembered=remembered({steam(1): meaning(1)}))
    assert plan_of(known, OTHERS).drift == (Drift(steam(1), "missing"),)


def test_a_line_that_somebody_changed_to_what_it_should_be_has_not_drifted() -> None:
    target = Target(SQUAD, bans(1, reason="amended"), remembered({steam(1): meaning(1)}))
    assert plan_of(target, written(OTHERS, 1, reason="amended")).drift == ()
    assert plan_of(target, written(OTHERS, 1, reason="third")).drift == (Drift(steam(1), "changed"),)


@pytest.mark.parametrize(("accepts_loss", "is_refused"), [(False, True), (True, False)], ids=["unsaid", "accepted"])
def test_a_file_that_is_gone_with_two_lines_of_others_needs_a_person(*, accepts_loss: bool, is_refused: bool) -> None:
    policy = Policy(may_create=True, accepts_loss=accepts_loss)
    plan = planned(Target(SQUAD, bans(1), remembered({}), policy), None)
    assert (plan == "the file is gone, and with it 2 lines of others") is is_refused


@pytest.mark.parametrize(("left", "is_refused"), [(3, False), (2, False), (1, True)])
def test_of_five_lines_of_others_three_may_go(left: int, *, is_refused: bool) -> None:
    plan = planned(Target(SQUAD, bans(1), remembered({}, foreign=5)), b"// by hand\n" * left)
    assert (plan == f"the file has {left} lines of others where it had 5") is is_refused


def test_a_file_without_bans_is_not_made() -> None:
    target = Target(MINECRAFT, [], policy=Policy(may_create=True))
    assert not plan_of(target, None).is_change
    assert plan_of(replace(target, wanted=minecraft()), None).is_change


def minecraft() -> list[WantedEntry]:
    return [replace(bans(1)[0], player=Player(service="minecraft", id="11111111-2222-4333-8444-555555555555"))]


@dataclass(frozen=True, slots=True)
class _Forgetful(Format):
    """A format with a fault: it drops the last line of others."""

    def render(
        self,
        file: BanFile,
        wanted: Sequence[WantedEntry],
        owned: Collection[str] = (),
        untouched: Collection[str] = (),
    ) -> Rendered:
        """See the format."""
        found = Format.render(self, file, wanted, owned, untouched)
        return replace(found, content=found.content.replace(OTHERS.splitlines(keepends=True)[-1], b""))


def test_a_fault_in_a_format_loses_no_line_of_others() -> None:
    forgetful = _Forgetful(**{each.name: getattr(SQUAD, each.name) for each in fields(SQUAD)})
    assert planned(Target(forgetful, bans(1)), OTHERS) == "the new file would lose lines of others"


@pytest.mark.parametrize(
    ("after", "is_so"),
    [
        (b"", True),
        (OTHERS, True),
        (OTHERS.splitlines(keepends=True)[1] + b"by hand\n", True),
        (OTHERS + b"by hand\n", False),
        (b"by hand\n" + OTHERS, False),
    ],
    ids=["nothing", "the-beginning", "a-line-of-others-less", "a-line-more", "a-line-before"],
)
def test_a_damaged_file_is_told_from_one_that_somebody_edited(after: bytes, *, is_so: bool) -> None:
    target = Target(SQUAD, bans(1, 2))
    assert is_damaged(target, plan_of(target, OTHERS), after) is is_so


def test_a_file_that_is_no_more_in_its_format_is_damaged() -> None:
    target = Target(MINECRAFT, minecraft())
    assert is_damaged(target, plan_of(target, b"[]"), b'["cut')


def test_a_list_that_is_as_long_as_it_may_be_is_written_and_one_that_is_longer_is_not() -> None:
    content = ARK.render(ARK.parse(b""), bans(1)).content
    assert plan_of(Target(replace(ARK, max_bytes=len(content)), bans(1)), b"").content == content
    too_long = planned(Target(replace(ARK, max_bytes=len(content) - 1), bans(1)), b"")
    assert too_long == f"the list would have {len(content)} bytes, and takes {len(content) - 1}"
