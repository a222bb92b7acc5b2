"""Rules go on after a restart in the middle of what they watch, each with all that it remembered or with nothing."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from banstream_dayz_feed.lines.reading import Reader
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rules_file import check_rules

LAND = {"name": "mill", "x": 1000, "northing": 5000, "radius": 10}
SETTINGS = check_rules(
    {"airborne": {}, "raid_window": {}, "garden_plot": {}, "alt_account": {}, "banned_class": {}, "zones": [LAND]}
)


def block(name: str = "Ann", *, x: float = 9000, altitude: float = 200, mark: str = "") -> str:
    return f'Player "{name}"{mark} (id={name.lower():x<43}= pos=<{x}, 5000, {altitude}>)'


def at(second: int, text: str) -> str:
    return f"{12 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} | {text}"


def each_at(seconds: Iterable[int], text: str) -> list[str]:
    return [at(second, text) for second in seconds]


def relogs(seconds: Iterable[int], *names: str) -> list[str]:
    lines = []
    for second in seconds:
        lines += [at(second, f"{block(name)} has been disconnected") for name in names]
        lines += [at(second + 12, f"{block(name)} is connected") for name in names]
    return lines


def player_list(second: int, player: str) -> list[str]:
    return [at(second, "##### PlayerList log: 1 players"), at(second, player), at(second, "#####")]


def kill(second: int, zone: str) -> list[str]:
    victim = block("Bob", mark=" (DEAD)")
    hit = f"{victim}[HP: 0] hit by {block()} into {zone}(3) for 90 damage (Bullet_556x45) with M4A1 from 50 meters"
    return [at(second, hit), at(second, f"{victim} killed by {block()} with M4A1 from 50 meters")]


def arrival(second: int, slot: int, name: str) -> list[str]:
    player = f"BattlEye Server: Player #{slot} {name}"
    return [
        at(second, f"{player} (192.0.2.7:2304) connected"),
        at(second, f"{player} - BE GUID: {name[0].lower() * 2 * 16}"),
    ]


LINES = [
    "AdminLog started on 2026-08-24 at 12:00:00",
    *each_at(range(0, 80, 5), f"{block()} placed Fence Kit<FenceKit>"),
    *each_at((90, 91), f"{block(altitude=1500)} placed Fence Kit<FenceKit>"),
    *each_at((92, 93), f"{block(altitude=-50)} placed Fence Kit<FenceKit>"),
    *each_at((94, 95), f"{block(x=1000)} placed Fence Kit<FenceKit>"),
    *each_at((96, 97), f"{block()} placed Shelter Kit<ShelterKit>"),
    *each_at((98, 99), f"{block()} placed Garden Plot<GardenPlot>"),
    *relogs(range(100, 340, 60), "Ann"),
    *relogs((400, 460), "Bob"),
    *relogs((520,), "Bob", "Cem", "Dee"),
    *each_at((600, 601), f"{block()} destroyed Fence with Axe"),
    *player_list(700, block(altitude=1500)),
    *player_list(1000, block(altitude=1500, x=29_000)),
    *player_list(1300, block(altitude=1500)),
    *[line for number in range(14) for line in kill(1400 + 30 * number, "Torso" if number < 2 else "Head")],
    at(2000, f"{block('Eve')} is unconscious"),
    at(2010, f"{block('Eve')} has been disconnected"),
    at(2020, f"{block('Eve')} is unconscious"),
    *[at(2030, f"{block(name)} has been disconnected") for name in ("Eve", "Bob", "Cem")],
    *arrival(2100, 1, "Ann"),
    *arrival(2200, 2, "Bob"),
    at(2300, f"{block()} is connected"),
]
READ = list(Reader("a.ADM").feed("".join(f"{line}\n" for line in LINES).encode()))


def states() -> Iterator[tuple[list[Finding], bytes]]:
    """Before each line: what was found until then, and what is remembered."""
    detector, before = Detector(SETTINGS), list[Finding]()
    for line in READ:
        yield before.copy(), detector.state()
        before += detector.examine(line)


STATES = list(states())


def found(cut: int, kept: Callable[[bytes], bytes] = bytes) -> list[Finding]:
    """With a restart before a line; `kept` is what then becomes of the state."""
    before, state = STATES[cut]
    detector = Detector(SETTINGS)
    detector.resume(kept(state))
    return [*before, *(finding for line in READ[cut:] for finding in detector.examine(line))]


WHOLE = found(0)
STATE: dict[str, Any] = json.loads(Detector(SETTINGS).state())
MEMORIES = [(rule, memory) for rule, kept in STATE.items() for memory in kept["memories"]]


def test_every_rule_finds_something_and_the_same_wherever_it_is_interrupted() -> None:
    assert {finding.rule for finding in WHOLE} == set(STATE)
    assert len({finding.key for finding in WHOLE}) == len(WHOLE)
    assert [cut for cut in range(len(READ)) if found(cut) != WHOLE] == []


@pytest.mark.parametrize(("rule", "memory"), MEMORIES)
def test_no_memory_may_be_left_behind(rule: str, memory: str) -> None:
    """The log above shows each of them: whatever is not kept is found out by the test before."""

    def without(state: bytes) -> bytes:
        content = json.loads(state)
        content[rule]["memories"][memory] = {}
        return json.dumps(content).encode()

    remembering = [cut for cut, (_, state) in enumerate(STATES) if json.loads(state)[rule]["memories"][memory]]
    assert any(found(cut, without) != WHOLE for cut in remembering)


@pytest.mark.parametrize(("rule", "memory"), [("combat_log", "crowds"), ("relog", "crowds"), ("speed", "tracks")])
def test_a_rule_that_cannot_read_all_it_remembered_starts_anew_and_the_others_go_on(rule: str, memory: str) -> None:
    before = Detector(SETTINGS)
    for line in READ[:-6]:
        list(before.examine(line))
    content = json.loads(before.state())
    content[rule]["memories"][memory] = {"ann": "as a later release has it"}
    expected = {**content, rule: STATE[rule]}
    after = Detector(SETTINGS)
    assert after.resume(json.dumps(content).encode()) == [rule]
    assert json.loads(after.state()) == expected


@pytest.mark.parametrize("damage", [7, [], {}, {"version": 1}, {"version": 1, "memories": {}}], ids=repr)
def test_a_rule_of_another_shape_starts_anew(damage: Any) -> None:
    detector = Detector(SETTINGS)
    assert detector.resume(json.dumps({**STATE, "relog": damage}).encode()) == ["relog"]


def test_a_rule_of_another_version_starts_anew_which_is_no_fault() -> None:
    detector = Detector(SETTINGS)
    tracks = {"version": 0, "memories": {"tracks": "of then"}}
    assert detector.resume(json.dumps({"speed": tracks}).encode()) == []
    assert json.loads(detector.state()) == STATE


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b"null"])
def test_of_what_is_no_state_nothing_is_remembered(state: bytes) -> None:
    detector = Detector(SETTINGS)
    assert detector.resume(state) == list(STATE)
    assert json.loads(detector.state()) == STATE
