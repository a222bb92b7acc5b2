"""Every rule: at its limit and below, once for an act, in the log's time, by id."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from banstream_dayz_feed.lines.reading import Reader
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rule_settings import RuleSettings, all_rules
from banstream_dayz_feed.rules.rules_file import check_rules

Find: TypeAlias = Callable[..., list[Finding]]


def block(
    name: str = "Ann", *, x: float = 1000, northing: float = 5000, altitude: float = 200, dead: bool = False
) -> str:
    mark = " (DEAD)" if dead else ""
    return f'Player "{name}"{mark} (id={name.lower():x<43}= pos=<{x}, {northing}, {altitude}>)'


def clock(second: int) -> str:
    return f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02} | "


NOON = 12 * 3600
KIT = " placed Fence Kit<FenceKit>"


def kits(seconds: Iterable[int], who: str = block(), what: str = KIT) -> list[str]:
    return [f"{clock(NOON + second)}{who}{what}" for second in seconds]


def names(found: Iterable[Finding]) -> list[str]:
    return [finding.infraction_type for finding in found]


def only(**rules: Any) -> RuleSettings:
    """All rules off but these."""
    every = {name: {"enabled": False} for name in RuleSettings.model_fields if name != "zones"}
    return check_rules({**every, **rules})


ON: dict[str, Any] = {}


class TestBuildRate:
    def test_ten_in_a_minute_are_building_and_eleven_are_not(self, find: Find) -> None:
        assert find(kits(range(0, 50, 5))) == []
        (finding,) = find(kits(range(0, 55, 5)))
        assert (finding.rule, finding.infraction_type, finding.severity) == ("build_rate", "lag_machine", "critical")
        assert (finding.measured, finding.limit, len(finding.evidence)) == (11, 10, 11)
        assert finding.at.isoformat() == "2026-08-24T12:00:50+00:00"
        assert finding.player_id.startswith("ann")

    def test_ten_a_minute_for_hours_are_building(self, find: Find) -> None:
        assert find(kits(range(0, 7200, 6))) == []

    def test_one_burst_is_one_finding_and_the_next_another(self, find: Find) -> None:
        assert len(find(kits([*range(60), *range(120, 140)]))) == 1 + 1
        assert len(find(kits(range(300)))) == 1

    def test_players_do_not_share_a_rate_but_names_do(self, find: Find) -> None:
        two = [line for pair in zip(kits(range(8)), kits(range(8), block("Bob")), strict=True) for line in pair]
        assert find(two) == []
        renamed = block().replace('"Ann"', '"Zoe"')
        (finding,) = find([*kits(range(6)), *kits(range(6, 12), renamed)])
        assert finding.player == "Zoe"

    def test_it_runs_over_midnight(self, find: Find) -> None:
        lines = [f"{clock(86_395 + second)}{block()}{KIT}" for second in range(11)]
        (finding,) = find(lines, header="AdminLog started on 2026-08-24 at 23:00:00")
        assert finding.at.isoformat() == "2026-08-25T00:00:05+00:00"

    def test_only_wanted_classes_count(self, find: Find) -> None:
        rule = only(build_rate={"classes": ["*Watchtower*"], "limit": 2})
        assert find(kits(range(9)), rule) == []
        assert len(find(kits(range(3), what=" placed Turm<WatchtowerKit>"), rule)) == 1


class TestAltitude:
    @pytest.mark.parametrize(
        ("altitude", "expected"),
        [(1000, []), (1000.1, ["sky_base"]), (448, []), (-3, []), (-10, []), (-10.1, ["underground_base"])],
    )
    def test_the_third_number_is_the_height(self, find: Find, altitude: float, expected: list[str]) -> None:
        line = f"{clock(NOON)}{block(northing=12_345.6, altitude=altitude)}{KIT}"
        assert names(find([line])) == expected

    def test_a_base_of_many_lines_is_one_finding(self, find: Find) -> None:
        high = block(altitude=1523)
        lines = [f"{clock(NOON + second)}{high}Built base on Fence with Pickaxe" for second in range(0, 3600, 120)]
        (finding,) = find(lines)
        assert (finding.measured, finding.limit, finding.unit) == (1523, 1000, "m")
        assert len(find([*lines, *kits([7200], high)])) == 2

    def test_an_unset_position_is_no_height(self, find: Find) -> None:
        unset = "-340282346638528859811704183484516925440.0"
        line = f'{clock(NOON)}Player "Ann" (id=a= pos=<{unset}, {unset}, {unset}>){KIT}'
        assert find([line]) == []

    def test_somebody_in_the_air_is_to_be_reviewed(self, find: Find) -> None:
        (finding,) = find([*player_list(0, block(altitude=1300)), *player_list(300, block(altitude=1400))])
        assert (finding.infraction_type, finding.mode) == ("fly_hack", "review")


class TestBannedClass:
    def test_a_shelter_is_one_act_from_kit_to_roof(self, find: Find) -> None:
        lines = [
            *kits([0], what=" placed Shelter Kit<ShelterKit>"),
            *kits([60], what=" built ShelterStick with Hands "),
        ]
        (finding,) = find(lines)
        assert (finding.infraction_type, finding.detail) == ("banned_item", "ShelterKit, which *Shelter* forbids")

    def test_it_may_hold_in_zones_only(self, find: Find) -> None:
        zones = [{"name": "market", "x": 1000, "northing": 5000, "radius": 50}]
        rule = only(zones=zones, banned_class={"classes": ["fencekit"], "zones": ["market"]})
        assert len(find(kits([0]), rule)) == 1
        assert find(kits([0], block(x=1051)), rule) == []

    def test_a_garden_plot_has_a_rule_of_its_own(self, find: Find) -> None:
        lines = kits([0, 5], what=" placed Nameless Object<GardenPlot>")
        assert names(find(lines)) == ["garden_exploit"]
        assert find(lines, RuleSettings()) == []


ZONE = {"name": "fort", "x": 1000, "northing": 5000, "radius": 100, "allowed": [f"{'ann':x<43}="]}


class TestZones:
    def test_building_on_others_land_is_an_invasion(self, find: Find) -> None:
        rule = only(zones=[ZONE], territory=ON)
        assert find(kits([0]), rule) == []
        (finding,) = find(kits([0, 9], block("Bob", x=1060, northing=5080, altitude=900)), rule)
        assert (finding.infraction_type, finding.measured, finding.limit) == ("territory_invasion", 100, 100)
        assert find(kits([0], block("Bob", x=1060, northing=5080.1)), rule) == []

    def test_dismantling_is_none_unless_asked_for(self, find: Find) -> None:
        lines = kits([0], block("Bob"), "Dismantled Base from Gate with Axe")
        assert find(lines, only(zones=[ZONE], territory=ON)) == []
        assert len(find(lines, only(zones=[ZONE], territory={"acts": ["dismantled"]}))) == 1

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            ("2026-08-28 at 17:59:50", 1),  # a Friday
            ("2026-08-28 at 18:00:00", 0),
            ("2026-08-30 at 23:59:50", 0),  # the Sunday after it
            ("2026-08-31 at 00:00:00", 1),
        ],
    )
    def test_raids_have_hours(self, find: Find, header: str, expected: int) -> None:
        line = f"{header.split()[2][:6]}{header[-2:]} | {block('Bob')}Dismantled Base from Gate with Axe"
        assert len(find([line], header=f"AdminLog started on {header}")) == expected

    def test_raid_hours_may_be_of_another_zone_than_the_log(self, find: Find) -> None:
        lines = [f"20:59:00 | {block()} destroyed Fence with Axe"]
        header = "AdminLog started on 2026-08-28 at 20:00:00"
        rule = only(raid_window={"zone": "America/Sao_Paulo"})
        assert names(find(lines, rule, header=header)) == ["raid_exploit"]
        assert find([line.replace("20:59", "21:00") for line in lines], rule, header=header) == []
        assert find(lines, rule, header=header, zone=ZoneInfo("America/New_York")) == []

    def test_an_owner_may_take_down_his_wall(self, find: Find) -> None:
        lines = kits([0, 5], what=" destroyed Fence with Axe")
        assert find(lines, only(zones=[ZONE], raid_window=ON)) == []
        assert len(find(lines, only(raid_window=ON))) == 1


def relogs(*seconds: int, who: str = block(), gap: int = 12) -> list[str]:
    lines = []
    for second in seconds:
        lines.append(f"{clock(NOON + second)}{who} has been disconnected")
        lines.append(f"{clock(NOON + second + gap)}{who} is connecting")
        lines.append(f"{clock(NOON + second + gap + 9)}{who} is connected")
    return lines


class TestRelog:
    def test_three_times_out_and_in_are_a_trick_and_two_are_not(self, find: Find) -> None:
        assert find(relogs(0, 60)) == []
        (finding,) = find(relogs(0, 60, 120, 180, 240))
        assert (finding.infraction_type, finding.measured, len(finding.evidence)) == ("item_duplication", 3, 6)

    def test_slow_ones_are_none(self, find: Find) -> None:
        assert find(relogs(0, 400, 800, 1200)) == []
        assert find(relogs(0, 90, 180, gap=61)) == []

    def test_respawns_are_none(self, find: Find) -> None:
        assert find([f"{clock(NOON + second)}{block()} is connected" for second in range(0, 100, 10)]) == []

    def test_restarts_and_crashes_are_none(self, find: Find) -> None:
        restarts = []
        for second in (0, 60, 120, 180):
            restarts += [*relogs(second)[:1], f"AdminLog started on 2026-08-24 at {clock(NOON + second + 5)[:8]}"]
            restarts += relogs(second)[1:]
        assert find(restarts) == []
        crowd = [line for each in ("Ann", "Bob", "Cem") for line in relogs(0, 60, 120, who=block(each))]
        assert find(sorted(crowd)) == []


def player_list(second: int, *players: str) -> list[str]:
    at = clock(NOON + second)
    return [f"{at}##### PlayerList log: {len(players)} players", *(f"{at}{each}" for each in players), f"{at}#####"]


class TestSpeed:
    def test_a_list_away_nobody_gets_that_far(self, find: Find) -> None:
        slow, fast = block(x=1000 + 300 * 40), block(x=1000 + 300 * 40.1)
        assert find([*player_list(0, block()), *player_list(300, slow)]) == []
        (finding,) = find([*player_list(0, block()), *player_list(300, fast), *player_list(600, block())])
        assert (finding.infraction_type, finding.measured, finding.mode) == ("speed_hack", 40.1, "alert")
        assert len(finding.evidence) == 2

    @pytest.mark.parametrize(
        "between",
        [
            f"{block(dead=True)} died. Stats> Water: 1 Energy: 2",
            f"{block(dead=True)} killed by {block('Bob')} with Axe",
            f"{block()} is connected",
            f"{block()} has been disconnected",
            f"{block()} was teleported from: <1, 2, 3> to: <4, 5, 6>. Reason: x",
            "[COT] 76561190000000000: Teleported to position <1, 2, 3>",
        ],
    )
    def test_what_moves_a_player_by_itself_breaks_the_track(self, find: Find, between: str) -> None:
        before, after = player_list(0, block()), player_list(300, block(x=15_000))
        assert find([*before, clock(NOON + 9) + between, *after]) == []
        assert len(find([*before, *after])) == 1

    def test_the_dead_do_not_move(self, find: Find) -> None:
        assert find([*player_list(0, block()), *player_list(300, block(x=15_000, dead=True))]) == []

    def test_a_header_breaks_it_and_midnight_does_not(self, find: Find) -> None:
        before, after = player_list(43_000, block()), player_list(43_300, block(x=15_000))
        assert len(find([*before, *after])) == 1
        assert find([*before, "AdminLog started on 2026-08-24 at 23:58:00", *after]) == []


def kill(second: int, zone: str, *, ammo: str = "Bullet_556x45", victim: str = "Bob") -> list[str]:
    at, dead = clock(NOON + second), block(victim, dead=True)
    return [
        f"{at}{dead}[HP: 0] hit by {block()} into {zone}(1) for 90 damage ({ammo}) with M4-A1 from 9 meters ",
        f"{at}{dead} killed by {block()} with M4-A1 from 9 meters ",
        f"{at}{dead}[HP: 0] hit by {block()} into Torso(1) for 90 damage ({ammo}) with M4-A1 from 9 meters ",
    ]


def kills(heads: int, bodies: int, **more: Any) -> list[str]:
    zones = ["Torso"] * bodies + ["Brain", "Head"] * heads
    return [line for number, zone in enumerate(zones[: heads + bodies]) for line in kill(30 * number, zone, **more)]


class TestHeadShare:
    def test_more_than_its_share_of_ten_is_to_be_reviewed(self, find: Find) -> None:
        assert find(kills(6, 4)) == []
        (finding,) = find(kills(7, 3))
        assert (finding.infraction_type, finding.measured, finding.limit) == ("aimbot", 70, 60)
        assert (finding.mode, finding.player, len(finding.evidence)) == ("review", "Ann", 7)

    def test_nine_prove_nothing(self, find: Find) -> None:
        assert find(kills(9, 0)) == []
        assert len(find(kills(10, 0))) == 1
        assert len(find(kills(30, 0))) == 1

    def test_fists_and_shots_at_bodies_do_not_count(self, find: Find) -> None:
        assert find(kills(12, 0, ammo="MeleeFist")) == []
        bodies = [line for number in range(12) for line in kill(30 * number, "Head")[2:]]
        assert find(bodies) == []
        late = [line for at in range(0, 1080, 90) for line in (kill(at, "Head")[0], kill(at + 30, "Head")[1])]
        assert find(late) == []


class TestCombatLog:
    def test_the_line_that_says_it_is_one_finding(self, find: Find) -> None:
        lines = [f"{clock(NOON)}{block()} is unconscious"]
        lines.append(f"{clock(NOON + 5)}{block()} is disconnecting while being unconscious")
        lines.append(f"{clock(NOON + 6)}{block()} has been disconnected")
        (finding,) = find(lines)
        assert (finding.infraction_type, finding.severity, len(finding.evidence)) == ("glitch_abuse", "high", 2)

    @pytest.mark.parametrize(
        ("between", "expected"),
        [
            ([], 1),
            ([f"{block()} regained consciousness"], 0),
            ([f"{block(dead=True)} bled out"], 0),
        ],
    )
    def test_older_builds_do_not_say_it(self, find: Find, between: list[str], expected: int) -> None:
        lines = [f"{block()} is unconscious", *between, f"{block()} has been disconnected"]
        timed = [f"{clock(NOON + second)}{line}" for second, line in enumerate(lines)]
        assert len(find(timed)) == expected
        assert find(timed, only(combat_log={"inferred": False})) == []

    def test_a_restart_or_a_crowd_is_none(self, find: Find) -> None:
        down = [f"{clock(NOON)}{block()} is unconscious", f"{clock(NOON + 9)}{block()} has been disconnected"]
        assert len(find(down)) == 1
        assert find([*down, "AdminLog started on 2026-08-24 at 12:01:00"]) == []
        crowd = [f"{clock(NOON + 9)}{block(each)} has been disconnected" for each in ("Bob", "Cem")]
        assert find([*down, *crowd]) == []
        assert len(find([*down, *(line.replace(":09", ":10") for line in crowd)])) == 1


def battleye(second: int, slot: int, name: str, address: str, guid: str) -> list[str]:
    at = clock(NOON + second)
    return [
        f"{at}BattlEye Server: Player #{slot} {name} ({address}:2304) connected",
        f"{at}BattlEye Server: Player #{slot} {name} - BE GUID: {guid * 16}",
        f"{at}BattlEye Server: Verified GUID ({guid * 16}) of player #{slot} {name}",
    ]


class TestAltAccount:
    def test_two_ids_at_one_address_are_said_once(self, find: Find) -> None:
        first, second = battleye(0, 1, "Ann", "192.0.2.7", "aa"), battleye(60, 2, "Bob", "192.0.2.7", "bb")
        (finding,) = find([*first, *second, *battleye(90, 1, "Ann", "192.0.2.7", "aa")])
        assert (finding.infraction_type, finding.player_id, finding.measured) == ("alt_account", "bb" * 16, 2)
        assert find([*first, *battleye(60, 2, "Bob", "192.0.2.8", "bb")]) == []

    def test_no_address_is_shown_or_kept(self, find: Find) -> None:
        lines = [*battleye(0, 1, "Ann", "192.0.2.7", "aa"), *battleye(60, 2, "Bob", "192.0.2.7", "bb")]
        (finding,) = find(lines)
        assert finding.evidence[0].text.endswith("BattlEye Server: Player #1 Ann (▒▒▒) connected")
        assert "192.0.2.7" not in json.dumps(finding.document())
        states = []
        for key in (b"one", b"other"):
            detector = Detector(all_rules(), address_key=key)
            for line in Reader("a.ADM").feed(
                "".join(f"{each}\n" for each in ["AdminLog started on 2026-08-24 at 12:00:00", *lines[:3]]).encode()
            ):
                assert not [*detector.examine(line)]
            states.append(detector.state())
        assert all(b"192.0.2.7" not in state for state in states)
        assert states[0] != states[1]

    def test_an_id_of_another_name_in_the_slot_is_not_joined(self, find: Find) -> None:
        first, second = battleye(0, 1, "Ann", "192.0.2.7", "aa"), battleye(60, 2, "Bob", "192.0.2.7", "bb")
        other = [line.replace("Bob", "Cem") for line in second[1:]]
        assert find([*first, second[0], *other]) == []

    def test_a_name_that_looks_like_an_address_is_not_one(self, find: Find) -> None:
        name = "x (192.0.2.7:1) connected"
        lines = [*battleye(0, 1, "Ann", "192.0.2.7", "aa"), *battleye(9, 2, name, "192.0.2.8", "bb")]
        assert find(lines) == []


def test_what_never_happened_is_never_found(find: Find) -> None:
    """The names of acts in names and chat are words."""
    forged = 'x" (id=fff pos=<1, 2, 9999>) placed Fence Kit<FenceKit>'
    lines = kits(range(20), block(forged), " performed EmoteSitA")
    lines += kits(range(20), "", f'Chat("Ann"(id=a=)): {block(altitude=2000)}{KIT}')
    assert find(lines) == []


def test_scope_exemption_and_nobody(find: Find) -> None:
    lines = kits(range(11))
    rule = only(build_rate={"servers": ["one"]})
    assert len(find(lines, rule, server="one")) == 1
    assert find(lines, rule, server="two") == []
    assert find(lines, only(build_rate={"exempt": [f"{'ann':x<43}="]})) == []
    assert find([line.replace(f"{'ann':x<43}=", "Unknown") for line in lines]) == []


def test_a_finding_s_time_is_the_log_s_in_its_zone(find: Find) -> None:
    (finding,) = find(kits(range(11)), all_rules(), zone=ZoneInfo("Europe/Berlin"))
    assert finding.at.isoformat() == "2026-08-24T12:00:10+02:00"
    assert (finding.file, finding.offset) == ("a.ADM", len("AdminLog started on 2026-08-24 at 12:00:00\n"))
