"""What an operator may set about rules, with the defaults: a table per rule, and the zones they share.

Lengths are metres, times seconds, ids the log's own. A rule of the file is on unless it says otherwise.
"""

import re
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from banstream_contracts.abuse import Mode
from banstream_contracts.infractions import Severity

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK_TIME = re.compile(r"([A-Za-z]{3}) ([01][0-9]|2[0-4]):([0-5][0-9])")

Lenient: TypeAlias = Literal[Mode.RECORD, Mode.ALERT, Mode.REVIEW]
"""Rules whose findings have innocent look-alikes never act by themselves."""


def second_of_week(text: str) -> int:
    """`Fri 18:00` as seconds after Monday 00:00; `Sun 24:00` is the week's end. Raises ValueError."""
    match = _WEEK_TIME.fullmatch(text)
    day = match[1].lower() if match else ""
    if not match or day not in _WEEKDAYS or (match[2] == "24" and match[3] != "00"):
        raise ValueError(f"{text!r} is no time of a week; write Fri 18:00, or Sun 24:00 for its end")
    return _WEEKDAYS.index(day) * _DAY + int(match[2]) * _HOUR + int(match[3]) * _MINUTE


def _week_time(text: str) -> str:
    second_of_week(text)
    return text


def _zone_name(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{text!r} is no time zone; write Europe/Berlin, for example") from error
    return text


Seconds = Annotated[int, Field(ge=1, le=30 * _DAY)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Meters = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Pattern = Annotated[str, Field(min_length=1, max_length=120)]
Ids = tuple[Annotated[str, Field(min_length=1, max_length=64)], ...]


class Settings(BaseModel):
    """Base of everything that is read from a rules file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Settings):
    """What every rule has. `servers`: names it is for, none is all. `exempt`: ids it never looks at."""

    enabled: bool = True
    severity: Severity
    mode: Mode = Mode.ALERT
    infraction_type: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    servers: tuple[str, ...] = ()
    exempt: Ids = ()


class ActRule(Rule):
    """Lines of one act: the same again within `quiet_seconds` of the last one is still the same act."""

    quiet_seconds: Seconds = 600


class Zone(Settings):
    """A circle on the map, whose people are `allowed`."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    x: Meters
    northing: Meters
    radius: Annotated[float, Field(gt=0, le=100_000)] = 100.0
    allowed: Ids = ()


class BuildRate(Rule):
    """More than `limit` placements of `classes` within `window_seconds`."""

    infraction_type: str = "lag_machine"
    severity: Severity = Severity.CRITICAL
    limit: Count = 10
    window_seconds: Seconds = 60
    classes: tuple[Pattern, ...] = ("*",)


class BannedClass(ActRule):
    """Placing or building one of `classes` (`*` matches anything); only inside of `zones` where any are named."""

    infraction_type: str = "banned_item"
    severity: Severity = Severity.CRITICAL
    classes: tuple[Pattern, ...] = ("*Shelter*", "*Wheel*", "*Tire*")
    zones: tuple[str, ...] = ()


class GardenPlot(BannedClass):
    """Placing a garden plot."""

    infraction_type: str = "garden_exploit"
    severity: Severity = Severity.HIGH
    classes: tuple[Pattern, ...] = ("GardenPlot*", "Garden Plot*")


class AltitudeHigh(ActRule):
    """Building while standing higher than `limit` above the sea."""

    infraction_type: str = "sky_base"
    severity: Severity = Severity.CRITICAL
    limit: Meters = 1000.0


class AltitudeLow(ActRule):
    """Building while standing lower than `limit`; piers and shores are at -1 to -3."""

    infraction_type: str = "underground_base"
    severity: Severity = Severity.CRITICAL
    limit: Meters = -10.0


class Airborne(ActRule):
    """Being in a player list higher than `limit`. Mods with aircraft make this innocent."""

    infraction_type: str = "fly_hack"
    severity: Severity = Severity.CRITICAL
    mode: Lenient = Mode.REVIEW
    limit: Meters = 1000.0


class Territory(ActRule):
    """One of `acts` inside a zone by somebody who is not allowed there."""

    infraction_type: str = "territory_invasion"
    severity: Severity = Severity.CRITICAL
    acts: tuple[Literal["placed", "built", "mounted", "buried", "dismantled", "destroyed", "unmounted"], ...] = (
        "placed",
        "built",
        "mounted",
        "buried",
    )


class Window(Settings):
    """A time of every week: `Fri 18:00` up to `Sun 24:00`."""

    begin: Annotated[str, AfterValidator(_week_time)]
    end: Annotated[str, AfterValidator(_week_time)]

    def contains(self, second: int) -> bool:
        """Whether a second of the week is inside; a window may run over the week's end."""
        begin, end = second_of_week(self.begin), second_of_week(self.end)
        return begin <= second < end if begin < end else second >= begin or second < end


class RaidWindow(ActRule):
    """One of `acts` outside of the windows, unless it is in a zone where the player is allowed."""

    infraction_type: str = "raid_exploit"
    severity: Severity = Severity.HIGH
    mode: Lenient = Mode.ALERT
    windows: tuple[Window, ...] = (Window(begin="Fri 18:00", end="Sun 24:00"),)
    acts: tuple[Literal["dismantled", "destroyed", "unmounted"], ...] = ("dismantled", "destroyed", "unmounted")
    zone: Annotated[str, AfterValidator(_zone_name)] | None = None


class Relog(Rule):
    """At least `limit` times out and in again, each within `gap_seconds`, all within `window_seconds`."""

    infraction_type: str = "item_duplication"
    severity: Severity = Severity.CRITICAL
    limit: Count = 3
    window_seconds: Seconds = 300
    gap_seconds: Seconds = 60
    crowd: Count = 3


class Speed(Rule):
    """Faster than `limit` metres a second between two player lists, as the crow flies."""

    infraction_type: str = "speed_hack"
    severity: Severity = Severity.CRITICAL
    mode: Lenient = Mode.ALERT
    limit: Annotated[float, Field(gt=0, le=10_000)] = 40.0
    minimum_seconds: Seconds = 30


class HeadShare(Rule):
    """More than `limit` percent of the `last_kills` by bullets into the head, of `minimum_kills` or more."""

    infraction_type: str = "aimbot"
    severity: Severity = Severity.CRITICAL
    mode: Lenient = Mode.REVIEW
    limit: Annotated[float, Field(gt=0, lt=100)] = 60.0
    minimum_kills: Count = 10
    last_kills: Annotated[int, Field(ge=1, le=200)] = 50


class CombatLog(Rule):
    """Leaving while in one of `states`; `inferred`: also gone `within_seconds` of falling, where no line says so."""

    infraction_type: str = "glitch_abuse"
    severity: Severity = Severity.HIGH
    states: tuple[Literal["unconscious", "restrained"], ...] = ("unconscious", "restrained")
    inferred: bool = True
    within_seconds: Seconds = 60
    crowd: Count = 3


class AltAccount(Rule):
    """More than `limit` BattlEye ids from one address within `window_seconds`; PC only. Households share addresses."""

    infraction_type: str = "alt_account"
    severity: Severity = Severity.HIGH
    mode: Lenient = Mode.ALERT
    limit: Count = 1
    window_seconds: Seconds = 7 * _DAY


class RuleSettings(Settings):
    """A whole rules file. What is not named is as here."""

    zones: tuple[Zone, ...] = ()
    build_rate: BuildRate = BuildRate()
    banned_class: BannedClass = BannedClass(enabled=False)
    altitude_high: AltitudeHigh = AltitudeHigh()
    altitude_low: AltitudeLow = AltitudeLow()
    airborne: Airborne = Airborne(enabled=False)
    relog: Relog = Relog()
    territory: Territory = Territory()
    raid_window: RaidWindow = RaidWindow(enabled=False)
    speed: Speed = Speed()
    head_share: HeadShare = HeadShare()
    combat_log: CombatLog = CombatLog()
    garden_plot: GardenPlot = GardenPlot(enabled=False)
    alt_account: AltAccount = AltAccount(enabled=False)

    def zones_named(self, names: tuple[str, ...]) -> tuple[Zone, ...]:
        """The zones of these names."""
        return tuple(zone for zone in self.zones if zone.name in names)


def all_rules() -> RuleSettings:
    """Every rule on, with its default limits."""
    return RuleSettings(
        banned_class=BannedClass(),
        airborne=Airborne(),
        raid_window=RaidWindow(),
        garden_plot=GardenPlot(),
        alt_account=AltAccount(),
    )
