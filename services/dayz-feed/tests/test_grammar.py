"""Every kind of line that the game writes, in invented lines; who wrote which form: services/dayz-feed/README.md."""

from datetime import datetime

import pytest

from banstream_dayz_feed.lines import events, fights
from banstream_dayz_feed.lines.grammar import parse
from banstream_dayz_feed.lines.players import Player, Position
from banstream_dayz_feed.lines.reading import Reader

PC = "aB3_-" + "x" * 38 + "="
XBOX = "0123456789ABCDEF0123456789ABCDEF01234567"
HERE = Position(x=4117.0, northing=10504.5, altitude=238.1)
THERE = Position(x=4000.5, northing=10500.0, altitude=240.0)
POS, POS2 = "pos=<4117, 10504.5, 238.1>", "pos=<4000.5, 10500, 240.0>"
ANN, BOB = Player("Ann", PC, HERE), Player("Bob the 2nd", XBOX, THERE)
DEAD = Player("Ann", PC, HERE, is_dead=True)
P, P_DEAD = f'Player "Ann" (id={PC} {POS})', f'Player "Ann" (DEAD) (id={PC} {POS})'
P2 = f'Player "Bob the 2nd" (id={XBOX} {POS2})'
TORSO = fights.Wound("Torso", 11, 65.0246, "Bullet_9x39AP")

LINES = {
    f'Player "Ann" (id={PC}) is connecting': events.Connecting(Player("Ann", PC)),
    f"{P} is connected": events.Connected(ANN),
    f'Player "Ann"(id={PC}) is connected': events.Connected(Player("Ann", PC)),
    f'Player "Ann" is connected (id={PC})': events.Connected(Player("Ann", PC)),
    f"{P} has been disconnected": events.Disconnected(ANN),
    f'Player "Ann"(id={PC}) has been disconnected': events.Disconnected(Player("Ann", PC)),
    f"{P} is disconnecting while being unconscious": events.LoggedOutHelpless(ANN, "unconscious"),
    f"{P} is disconnecting while being restrained": events.LoggedOutHelpless(ANN, "restrained"),
    "##### PlayerList log: 12 players": events.ListOpened(12),
    P: events.ListedPlayer(ANN),
    "#####": events.ListClosed(),
    f"{P} placed Fence Kit<FenceKit>": events.Placed(ANN, "Fence Kit", "FenceKit"),
    f"{P} placed Nameless Object<GardenPlot>": events.Placed(ANN, "Nameless Object", "GardenPlot"),
    f"{P} placed Мина «Клеймор»": events.Placed(ANN, "Мина «Клеймор»"),
    f"{P}Built wall_base_down on Fence with Farming Hoe": events.Built(ANN, "wall_base_down", "Fence", "Farming Hoe"),
    f"{P}Dismantled Lower Frame from Gate with Hatchet": events.Dismantled(ANN, "Lower Frame", "Gate", "Hatchet"),
    f"{P} destroyed Fence with Hatchet": events.Destroyed(ANN, "Fence", "Hatchet"),
    f"{P} destroyed combination lock with Hacksaw": events.Destroyed(ANN, "combination lock", "Hacksaw"),
    f"{P} folded Fence": events.Folded(ANN, "Fence"),
    f"{P} repaired Gate with Hammer": events.Repaired(ANN, "Gate", "Hammer"),
    f"{P} packed Large Tent with Hands ": events.Packed(ANN, "Large Tent", "Hands"),
    f"{P} re-packed Car Tent with Hands ": events.Packed(ANN, "Car Tent", "Hands", is_again=True),
    f"{P} built ShelterStick with Hands ": events.ShelterBuilt(ANN, "ShelterStick", "Hands"),
    " built ShelterLeather with Hands ": events.ShelterBuilt(None, "ShelterLeather", "Hands"),
    f"{P}Player SurvivorBase<5f3d7020> Mounted BarbedWire on Fence": events.Mounted(ANN, "BarbedWire", "Fence"),
    f"{P}Player SurvivorBase<0x0000024> SurvivorM_Lewis:20305 Mounted BarbedWire on Fence": events.Mounted(
        ANN, "BarbedWire", "Fence"
    ),
    f"{P}Player SurvivorM_Boris<a5fef010> Unmounted BarbedWire from Watchtower": events.Unmounted(
        ANN, "BarbedWire", "Watchtower"
    ),
    f"{P}Player SurvivorM_Boris<a5> Dug in SeaChest<0x1a> SeaChest:9 at position 0x1 {{<1.5,2,3>}}": events.Buried(
        ANN, "SeaChest"
    ),
    f"{P}Player SurvivorM_Boris<a5> Dug out UndergroundStash<0x1a>": events.Unearthed(ANN, "UndergroundStash"),
    f"{P} has raised Flag_X on TerritoryFlag at <4000.5, 240.0, 10500.0>": events.FlagRaised(
        ANN, "Flag_X", "TerritoryFlag", THERE
    ),
    f"{P} has lowered Flag_X on TerritoryFlag at <4000.5, 240, 10500>": events.FlagLowered(
        ANN, "Flag_X", "TerritoryFlag", THERE
    ),
    f"{P}[HP: 12.4] hit by {P2} into Torso(11) for 65.0246 damage (Bullet_9x39AP) with VSS from 3.8 meters ": (
        fights.HitByPlayer(ANN, 12.4, BOB, TORSO, "VSS", 3.8)
    ),
    f"{P}[HP: 12.4] hit by {P2} into Torso(11) for 65.0246 damage (Bullet_9x39AP) with VSS from 3.8 meters": (
        fights.HitByPlayer(ANN, 12.4, BOB, TORSO, "VSS", 3.8)
    ),
    f"{P}[HP: 75] hit by {P2} into Head(0) for 25 damage (MeleeSharp) with Machete": fights.HitByPlayer(
        ANN, 75.0, BOB, fights.Wound("Head", 0, 25.0, "MeleeSharp"), "Machete"
    ),
    f"{P}[HP: 90] hit by {P2} into Torso(1) for 10 damage (MeleeFist_Heavy)": fights.HitByPlayer(
        ANN, 90.0, BOB, fights.Wound("Torso", 1, 10.0, "MeleeFist_Heavy")
    ),
    f"{P}[HP: 90] hit by {P2} into Block(-1) for 0 damage ": fights.HitByPlayer(
        ANN, 90.0, BOB, fights.Wound("Block", -1, 0.0)
    ),
    f"{P}[HP: 98.5] hit by Infected into LeftLeg(8) for 5.85 damage (MeleeInfected)": fights.HitByOther(
        ANN, 98.5, "Infected", fights.Wound("LeftLeg", 8, 5.85, "MeleeInfected")
    ),
    f"{P}[HP: 98.5] hit by Зараженный into Block(5) for 0 damage ": fights.HitByOther(
        ANN, 98.5, "Зараженный", fights.Wound("Block", 5, 0.0)
    ),
    f"{P}[HP: 80] hit by TripwireTrap into (-1) for 0 damage (TripWireHit)": fights.HitByOther(
        ANN, 80.0, "TripwireTrap", fights.Wound("", -1, 0.0, "TripWireHit")
    ),
    f"{P}[HP: 28.6] hit by explosion (FlashGrenade_Ammo)": fights.HitByOther(
        ANN, 28.6, "explosion", None, "FlashGrenade_Ammo"
    ),
    f"{P}[HP: 60] hit by FallDamageHealth": fights.HitByOther(ANN, 60.0, "FallDamageHealth"),
    f"{P}[HP: 60] hit by Fence with BarbedWireHit": fights.HitByOther(ANN, 60.0, "Fence", None, "BarbedWireHit"),
    f"{P}[HP: 60] hit by Hatchback_02 with TransportHit": fights.HitByOther(
        ANN, 60.0, "Hatchback_02", None, "TransportHit"
    ),
    f"{P}[HP: 60] stunned by FlashGrenade": fights.Stunned(ANN, 60.0, "FlashGrenade"),
    f"{P_DEAD} killed by {P2} with Mosin 91/30 from 120.7 meters ": fights.KilledByPlayer(
        DEAD, BOB, "Mosin 91/30", 120.7
    ),
    f"{P_DEAD} killed by {P2} with Combat Knife": fights.KilledByPlayer(DEAD, BOB, "Combat Knife"),
    f"{P_DEAD} killed by {P2} with (MeleeFist)": fights.KilledByPlayer(DEAD, BOB, "(MeleeFist)"),
    f"{P_DEAD} killed by ZmbM_Jacket_blue": fights.KilledByOther(DEAD, "ZmbM_Jacket_blue"),
    f"{P_DEAD} killed by  with 40mm Explosive Grenade": fights.KilledByOther(DEAD, "40mm Explosive Grenade"),
    f"{P_DEAD} died. Stats> Water: 456.12 Energy: 20.9 Bleed sources: 3": fights.Died(DEAD, "died", 456.12, 20.9, 3),
    f"{P_DEAD} drowned. Stats> Water: 4 Energy: 2": fights.Died(DEAD, "drowned", 4.0, 2.0),
    f"{P_DEAD} died. Stats> could not fetch": fights.Died(DEAD, "died"),
    f"Player Ann (DEAD) (id={PC} {POS}) died. Stats> could not fetch": fights.Died(DEAD, "died"),
    f"{P} bled out": fights.BledOut(ANN),
    f"{P} committed suicide": fights.CommittedSuicide(ANN),
    f"Player 'Ann' (id={PC}) committed suicide.": fights.CommittedSuicide(Player("Ann", PC)),
    f"{P} is choosing to respawn": fights.ChoseRespawn(ANN),
    f"{P} has drowned while unconscious": fights.DrownedUnconscious(ANN),
    f"{P} is unconscious": events.FellUnconscious(ANN),
    f"{P} regained consciousness": events.RegainedConsciousness(ANN),
    f"{P} performed EmoteSitA": events.Emoted(ANN, "EmoteSitA"),
    f"{P} performed EmoteSuicide with AK101_Black": events.Emoted(ANN, "EmoteSuicide", "AK101_Black"),
    "[emote] SurvivorF_Baty:2:INSTANCETYPE_SERVER play emote id=14 IH=M4A1:4240": events.RawEmote("SurvivorF_Baty", 14),
    f"{P} was teleported from: <4117, 238.1, 10504.5> to: <4000.5, 240, 10500>. Reason: Restricted: Bunker": (
        events.Teleported(ANN, HERE, THERE, "Restricted: Bunker")
    ),
    f'Chat("Ann"(id={PC})): hello': events.Chat(Player("Ann", PC), None, "hello"),
    f'[Chat - Global]("Ann"(id={PC})): hello': events.Chat(Player("Ann", PC), "Global", "hello"),
    f'Chat[Team]("Ann"(id={PC})): hello': events.Chat(Player("Ann", PC), "Team", "hello"),
    f"PLAYER REPORT: <2026-01-02_03-04-05> <{PC}>: help": events.ReportedToAdmin(PC, "help"),
    "Player #3 Ann (B) (192.0.2.7:2304) connected": events.BattlEyeConnected(3, "Ann (B)", "192.0.2.7"),
    f"BattlEye Server: Player #3 Ann - BE GUID: {'ab' * 16}": events.BattlEyeGuid(3, "Ann", "ab" * 16),
    f"Verified GUID ({'ab' * 16}) of player #3 Ann": events.BattlEyeGuid(3, "Ann", "ab" * 16),
}


@pytest.mark.parametrize("line", LINES)
def test_each_kind_of_line_is_what_it_says(line: str) -> None:
    assert parse(line) == LINES[line]


def test_each_kind_of_event_has_a_line() -> None:
    kinds = {value for module in (events, fights) for value in vars(module).values() if isinstance(value, type)}
    ours = {kind for kind in kinds if kind.__module__ in {events.__name__, fights.__name__}}
    read_elsewhere = {events.SessionStarted, events.Ornament, events.ModLine, fights.Death, fights.Wound}
    assert ours - read_elsewhere == {type(event) for event in LINES.values()}


@pytest.mark.parametrize(
    ("line", "mod"),
    [
        ("[COT] 76561190000000000: Teleported to <1, 2, 3>", "Community Online Tools"),
        ("[BBP] 'Ann' (76561190000000000) DISMANTLED [T1] Large Floor using Hatchet", "BaseBuildingPlus"),
        ('CFAPIChatExpansion => {"status":1}', "CFTools"),
        ("Ann [steam64: 76561190000000000;] <1.5, 2, 3> built Wall Base (Hammer)", "Expansion"),
        ("BaseRaiding: They dealt 1 * 0 = 0 damage with a M4A1 at <1, 2, 3>", "Expansion"),
    ],
)
def test_lines_of_known_mods_are_set_aside(line: str, mod: str) -> None:
    assert parse(line) == events.ModLine(mod)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Player",
        'Player "Ann"',
        f"{P} placed ",
        f'{P} placed Fence Kit<FenceKit>" (id=',
        f"{P} placed <FenceKit>",
        f'{P} placed Fence" Kit<FenceKit>',
        f"{P} placed Fence Kit [steam64: 76561190000000000;] <1, 2, 3> built Wall",
        f"{P}Built wall_base_down on Fence",
        f"{P} is disconnecting while being bored",
        f"{P} has eaten Flag_X on TerritoryFlag at <1, 2, 3>",
        f"{P}[HP: x] hit by Infected into LeftLeg(8) for 5.85 damage (MeleeInfected)",
        f"{P} killed by {P2}",
        f"{P} killed by {P2} into Torso(1) for 1 damage (Bullet_x)",
        f"{P} is connected and more",
        f"x{P} is connected",
        f'Player "Ann" (id={PC} pos=<1, 2>) is connected',
        "##### PlayerList log: many players",
        '{"json": "of a mod nobody knows"}',
        f"Player 'Ann\" (id={PC} {POS}) is connected",
        f"Player (id={PC} {POS}) is connected",
    ],
)
def test_what_is_not_the_game_s_is_unknown(line: str) -> None:
    assert parse(line) is None


@pytest.mark.parametrize("player_id", ["Unknown", "ERROR", ""])
def test_nobody_is_no_player(player_id: str) -> None:
    event = parse(f'Player "Ann" (id={player_id} pos=<1, 2, 3>) has been disconnected')
    assert isinstance(event, events.Disconnected)
    assert not event.player.is_known


def test_an_unset_position_is_none() -> None:
    unset = "-340282346638528859811704183484516925440.0"
    event = parse(f'Player "Ann" (id={PC} pos=<{unset}, {unset}, {unset}>) has been disconnected')
    assert event == events.Disconnected(Player("Ann", PC))


def test_axes_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        Position(1.0, 2.0, 3.0)  # type: ignore[call-arg] # the point of the test


@pytest.mark.parametrize(
    "line", [*LINES, "[COT] x", "Ann [steam64: 76561190000000000;] <1, 2, 3> built Wall", "12:00:00 | x"]
)
def test_a_cut_or_lengthened_line_never_gets_another_subject(line: str) -> None:
    whole = parse(line)
    subject = getattr(whole, "player", None)
    for end in range(len(line)):
        cut = parse(line[:end])
        if isinstance(subject, Player) and isinstance(getattr(cut, "player", None), Player):
            assert cut.player.id == subject.id  # type: ignore[union-attr] # seen the line above


def test_headers_of_both_logs_are_read() -> None:
    lines = [*Reader("a").feed(b"AdminLog started on 2026-01-02 at 03:04:05\nCurrent time:  2026/01/02 03:04:06\n")]
    assert [line.event for line in lines] == [
        events.SessionStarted(datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001 - as the log's
        events.SessionStarted(datetime(2026, 1, 2, 3, 4, 6)),  # noqa: DTZ001 - as the log's
    ]
