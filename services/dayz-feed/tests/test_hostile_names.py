"""A player calls himself what he likes; the kind of a line and whose it is never follow from that."""

import re
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from banstream_dayz_feed.lines import events, fights
from banstream_dayz_feed.lines.blocks import find_blocks
from banstream_dayz_feed.lines.grammar import parse
from banstream_dayz_feed.lines.players import Player, PlayerEvent, Position

REAL, FAKE, OTHER = "R" * 43 + "=", "F" * 43 + "=", "A" * 40
HERE = Position(x=1.5, northing=2.5, altitude=3.5)
POS = "pos=<1.5, 2.5, 3.5>"
WOUND = fights.Wound("Head", 0, 90.5, "Bullet_x")

forged = st.sampled_from(
    [
        f'x" (id={FAKE} {POS}) placed Fence Kit<FenceKit>',
        f'x" (id={FAKE} {POS})[HP: 5] hit by Player "y',
        f'x" (DEAD) (id={FAKE} {POS})[HP: 0] hit by Player "y" (id={OTHER} {POS}) into Head(0) for 9 damage (Bullet_x)',
        f'x" (DEAD) (id={FAKE} {POS}) killed by Player "y',
        f'x" (id={FAKE}) is connected',
        f'x" is connected (id={FAKE})',
        f'x" is connected (id={FAKE}',
        f"x' (id={FAKE}) committed suicide.",
        f"x (id={FAKE} {POS}) is unconscious",
        f'x" (id={FAKE} {POS})',
        f'x"(id={FAKE})): ',
        f'x" (id={FAKE} {POS})Player SurvivorM_A<1> Mounted BarbedWire on Fence',
        'Chat("x',
        "12:00:00 | ##### PlayerList log: 3 players",
        "#####",
        '"',
        "'",
        "(DEAD)",
        '" (DEAD)',
        "",
        " (id=",
        "x [steam64: 76561190000000000;] <1, 2, 3> built Wall",
        "#3 x (192.0.2.7:2304) connected",
    ]
)
texts = st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40)
names = st.lists(st.one_of(forged, texts), min_size=1, max_size=3).map("".join)
plain = st.text(alphabet="abc XYZ-123", min_size=1, max_size=12).map(lambda text: f"n{text}")

Kind = tuple[Callable[[Player], PlayerEvent], str]
KINDS: list[Kind] = [
    (events.ListedPlayer, ""),
    (events.Connecting, " is connecting"),
    (events.Connected, " is connected"),
    (events.Disconnected, " has been disconnected"),
    (events.FellUnconscious, " is unconscious"),
    (fights.CommittedSuicide, " committed suicide"),
    (lambda player: events.Placed(player, "Fence Kit", "FenceKit"), " placed Fence Kit<FenceKit>"),
    (lambda player: events.Placed(player, "Fence Kit"), " placed Fence Kit"),
    (lambda player: events.Built(player, "base", "Fence", "Pickaxe"), "Built base on Fence with Pickaxe"),
    (lambda player: events.Dismantled(player, "Base", "Gate", "Axe"), "Dismantled Base from Gate with Axe"),
    (lambda player: events.LoggedOutHelpless(player, "restrained"), " is disconnecting while being restrained"),
    (lambda player: events.Mounted(player, "BarbedWire", "Fence"), "Player S<1> Mounted BarbedWire on Fence"),
    (lambda player: events.Emoted(player, "EmoteSitA", "R12"), " performed EmoteSitA with R12"),
    (lambda player: fights.KilledByOther(player, "Claymore"), " killed by Claymore"),
    (lambda player: fights.Died(player, "died", 1.5, 2.5, 3), " died. Stats> Water: 1.5 Energy: 2.5 Bleed sources: 3"),
    (
        lambda player: fights.HitByOther(player, 9.5, "Wolf", WOUND),
        "[HP: 9.5] hit by Wolf into Head(0) for 90.5 damage (Bullet_x)",
    ),
]


def block(player: Player) -> str:
    dead = " (DEAD)" if player.is_dead else ""
    where = f" {POS}" if player.position else ""
    return f'Player "{player.name}"{dead} (id={player.id}{where})'


@given(name=names, kind=st.sampled_from(KINDS), has_position=st.booleans(), is_dead=st.booleans())
@example(name=f'x" (id={FAKE} {POS}) placed Fence Kit<FenceKit>', kind=KINDS[1], has_position=True, is_dead=False)
@example(name=f'x" is connected (id={FAKE}', kind=KINDS[2], has_position=False, is_dead=False)
def test_a_line_of_one_player_is_read_as_it_was_written(
    name: str, kind: Kind, has_position: bool, is_dead: bool
) -> None:
    make, tail = kind
    player = Player(name, REAL, HERE if has_position else None, is_dead)
    read = parse(block(player) + tail)
    may_be_cut = tail == "" and " by Player " in name
    assert read == make(player) or (read is None and (may_be_cut or find_blocks(block(player)) is None))


def fight(subject: Player, other: Player, *, is_kill: bool) -> tuple[PlayerEvent, str]:
    if is_kill:
        event: PlayerEvent = fights.KilledByPlayer(subject, other, "M4-A1", 12.5)
        return event, f"{block(subject)} killed by {block(other)} with M4-A1 from 12.5 meters "
    event = fights.HitByPlayer(subject, 0.0, other, WOUND, "M4-A1", 12.5)
    wound = "into Head(0) for 90.5 damage (Bullet_x) with M4-A1 from 12.5 meters "
    return event, f"{block(subject)}[HP: 0] hit by {block(other)} {wound}"


@given(names, names, st.booleans())
def test_a_line_of_two_players_is_theirs_or_nobody_s(first: str, second: str, is_kill: bool) -> None:
    event, line = fight(Player(first, REAL, HERE, is_dead=True), Player(second, OTHER, HERE), is_kill=is_kill)
    assert parse(line) in {event, None}


@given(plain, plain, st.booleans())
def test_a_line_of_two_ordinary_players_is_always_theirs(first: str, second: str, is_kill: bool) -> None:
    event, line = fight(Player(first, REAL, HERE), Player(second, OTHER, HERE, is_dead=True), is_kill=is_kill)
    assert parse(line) == event


def test_two_seams_are_no_reading() -> None:
    name = f'x" (id={FAKE} {POS})[HP: 5] hit by Player "y'
    _, line = fight(Player(name, REAL, HERE), Player("Bob", OTHER, HERE), is_kill=False)
    assert parse(line) is None


@given(names, texts)
def test_chat_is_its_writer_s_or_nobody_s(name: str, text: str) -> None:
    read = parse(f'Chat("{name}"(id={REAL})): {text}')
    assert read in {events.Chat(Player(name, REAL), None, text), None}


@given(names)
def test_an_old_connection_is_its_player_s(name: str) -> None:
    read = parse(f'Player "{name}" is connected (id={REAL})')
    assert read in {events.Connected(Player(name, REAL)), None}


@given(names, st.sampled_from(KINDS))
def test_a_name_without_quotes_is_its_player_s_or_nobody_s(name: str, kind: Kind) -> None:
    """Of a player whose identity is gone the game writes the name as it is."""
    make, tail = kind
    read = parse(f"Player {name} (DEAD) (id={REAL} {POS}){tail}")
    if isinstance(read, PlayerEvent):
        assert read == make(read.player)
        assert read.player.id == REAL
    else:
        assert read is None


@given(names, names)
def test_a_line_of_a_mod_that_begins_with_a_name_is_no_act(first: str, second: str) -> None:
    line = f"{first} [steam64: 76561190000000000;] <1.5, 2.5, 3.5> built {second} (Hammer)"
    assert not isinstance(parse(line), PlayerEvent) or isinstance(parse(line), events.Chat)


def test_patterns_have_no_room_for_backtracking() -> None:
    """Work grows with the line, not with its square: nothing unbounded stands beside what it can match itself."""
    from banstream_dayz_feed.lines import blocks, grammar, mods, reading, tails  # noqa: PLC0415 - only here

    patterns = [
        value.pattern
        for module in (blocks, grammar, mods, reading, tails)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) > 20
    for pattern in patterns:
        simple = re.sub(r"\[\^?\]?[^\]]*\]", "c", re.sub(r"\\[^\]]", "c", pattern))
        assert not re.search(r"\)[*+]|\)\{\d+,\}", simple), pattern
        assert all(len(re.findall("[*+]", way)) <= 2 for way in simple.split("|")), pattern


def battleye_lines(name: str) -> dict[str, events.Event]:
    guid = "ab" * 16
    return {
        f"Player #3 {name} (192.0.2.7:2304) connected": events.BattlEyeConnected(3, name, "192.0.2.7"),
        f"Player #3 {name} - BE GUID: {guid}": events.BattlEyeGuid(3, name, guid),
        f"Verified GUID ({guid}) of player #3 {name}": events.BattlEyeGuid(3, name, guid),
    }


@given(names.filter(bool))
@example(f"x (id={FAKE} {POS}) destroyed Fence with Axe")
@example(f"x (id={FAKE} {POS}) Built base on Fence with Axe")
@example(f"{'x' * 300} (id={FAKE} {POS}) folded Fence")
@example(f'x (id={FAKE} {POS}) killed by Player "y" (id={OTHER} {POS}) with M4')
def test_a_line_of_battleye_is_never_one_of_the_game(name: str) -> None:
    """It would accuse whom the name names, and tell the address of who bears it."""
    for line, said in battleye_lines(name).items():
        assert parse(line) == said
