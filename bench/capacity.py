"""What an installation needs, worked out step by step. `python -m bench.capacity [RESULTS]` prints it.

RESULTS is a file of `python -m bench --save RESULTS`; what it does not hold is taken from `MEASURED`. Nothing here is
measured: it is arithmetic, and `docs/capacity.md` says what it leaves out.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

LOADED = 0.5
"""How much of a limit is planned with: the other half is for the loss of a machine, and for what nobody thought of."""
EVENTS_DAYS, REPLICAS, FEWEST_GATEWAYS = 90, 3, 2
MESSAGES_OF_A_BAN, MESSAGES_OF_AN_INCIDENT, MESSAGES_OF_A_BEAT = 7, 3, 1
"""What NATS stores: a command, entries of two buckets and their positions, the event on its own stream and on EVENTS;
of an incident a command, the event and its copy; of a beat the presence of the server."""
HOUR, DAY, YEAR = 3600, 86_400, 365 * 86_400
SERVERS_OF_A_BEAT_RUN, PLAYERS_OF_A_BEAT_RUN = 200, 200 * 32
GROWTHS = (1, 2, 5, 10, 100)


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of a run: `pattern` is that of its name in the results, empty for an estimate."""

    value: float
    unit: str
    pattern: str = ""


MEASURED: Mapping[str, Measured] = {
    "checks": Measured(27_000, "checks/s a worker", "check, native"),
    "beats": Measured(
        0.5,
        f"% of a core for {SERVERS_OF_A_BEAT_RUN} servers with 32 players",
        f"beats of {SERVERS_OF_A_BEAT_RUN} servers with 32 players, one each 30 s",
    ),
    "bans": Measured(1_000, "bans/s", "durable bans through HTTP, 64 clients, every service"),
    "incidents": Measured(4_700, "incidents/s", "incidents through HTTP in batches of 100, one in three *"),
    "publishes": Measured(8_700, "messages/s stored", "durable publishes, three nodes, 3 replicas, 64 at a time"),
    "rebuild": Measured(11_000, "events/s", "read models from * events"),
    "restriction": Measured(192, "bytes a restriction", "gateway with * restrictions, each further one"),
    "infraction_row": Measured(3_500, "bytes an infraction in Postgres", "Postgres, each infraction"),
    "infraction_message": Measured(1_400, "bytes an infraction in NATS", "NATS, each infraction"),
    "incident_row": Measured(1_000, "bytes an incident in Postgres"),
    "incident_message": Measured(1_000, "bytes an incident in NATS"),
    "gateway": Measured(95, "MB a gateway without restrictions"),
}
"""Of two cores of a shared virtual machine, clients and servers together: a floor, and no promise."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Who plays; the rates are assumptions that an operator puts numbers of their own for."""

    name: str
    servers: int
    players: int
    session_minutes: float
    rush_minutes: float
    beat_seconds: float | None
    poll_seconds: float
    incidents_per_player_hour: float
    bans_per_player_hour: float
    restrictions: int

    def times(self, growth: int) -> "Scenario":
        """The same, so many times as large."""
        return replace(
            self,
            servers=self.servers * growth,
            players=self.players * growth,
            restrictions=self.restrictions * growth,
        )


SCENARIOS = (
    Scenario("1,000 game servers with 64 players", 1_000, 64_000, 45, 5, 30, 25, 0.2, 0.002, 500_000),
    Scenario("1,000,000 players in one Roblox game", 20_000, 1_000_000, 20, 10, None, 25, 0.2, 0.002, 5_000_000),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the calculation: what, how, and what comes of it."""

    what: str
    how: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What comes of it all; shares are of what may be planned with."""

    steps: tuple[Step, ...]
    gateways: int
    nats_share: float
    postgres_share: float


def needs(scenario: Scenario, measured: Mapping[str, Measured]) -> Needs:
    """The calculation, each step from those before it."""
    limit = {name: each.value for name, each in measured.items()}
    bans = scenario.players * scenario.bans_per_player_hour / HOUR
    incidents = scenario.players * scenario.incidents_per_player_hour / HOUR
    beats = scenario.servers / scenario.beat_seconds if scenario.beat_seconds else 0.0
    gateways, gateway_steps = _gateways(scenario, limit, bans, beats)
    nats_share, nats_steps = _nats(limit, bans, incidents, beats)
    postgres_share, postgres_steps = _postgres(limit, bans, incidents)
    written = (
        Step("bans", f"{scenario.players:,} players x {scenario.bans_per_player_hour:g} an hour", bans, "/s"),
        Step(
            "incidents",
            f"{scenario.players:,} players x {scenario.incidents_per_player_hour:g} an hour",
            incidents,
            "/s",
        ),
    )
    return Needs((*written, *gateway_steps, *nats_steps, *postgres_steps), gateways, nats_share, postgres_share)


def _gateways(scenario: Scenario, limit: Mapping[str, float], bans: float, beats: float) -> tuple[int, list[Step]]:
    """Each process holds every restriction; what is asked is divided among them."""
    steady = scenario.players / (scenario.session_minutes * 60)
    rush = scenario.players / (scenario.rush_minutes * 60)
    polls = scenario.servers / scenario.poll_seconds
    pushed = 2 * bans * scenario.servers
    asked = rush + polls + pushed
    of_beats = limit["beats"] / 100 * scenario.players / PLAYERS_OF_A_BEAT_RUN if beats else 0.0
    cores = (asked / limit["checks"] + of_beats) / LOADED
    count = max(FEWEST_GATEWAYS, math.ceil(cores))
    memory = limit["gateway"] + scenario.restrictions * limit["restriction"] / 1e6
    return count, [
        Step("join checks", f"{scenario.players:,} players / {scenario.session_minutes:g} minutes", steady, "/s"),
        Step("join checks in a rush", f"everybody again within {scenario.rush_minutes:g} minutes", rush, "/s"),
        Step("polls", f"{scenario.servers:,} servers / {scenario.poll_seconds:g} s", polls, "/s"),
        Step("answers that an event causes", f"{bans:.3g} bans/s, their ends too x {scenario.servers:,}", pushed, "/s"),
        Step("beats", f"{scenario.servers:,} servers / {scenario.beat_seconds or 0:g} s", beats, "/s"),
        Step(
            "gateway cores",
            f"({asked:,.0f}/s / {limit['checks']:,.0f} + {of_beats:.3g} for beats) / {LOADED:g}",
            cores,
            "cores",
        ),
        Step("gateways", f"rounded up, at least {FEWEST_GATEWAYS}: one may be lost", count, "processes"),
        Step(
            "memory of each",
            f"{limit['gateway']:g} MB + {scenario.restrictions:,} x {limit['restriction']:.0f} bytes",
            memory,
            "MB",
        ),
    ]


def _nats(limit: Mapping[str, float], bans: float, incidents: float, beats: float) -> tuple[float, list[Step]]:
    messages = bans * MESSAGES_OF_A_BAN + incidents * MESSAGES_OF_AN_INCIDENT + beats * MESSAGES_OF_A_BEAT
    share = messages / (limit["publishes"] * LOADED)
    stored = bans * limit["infraction_message"] + incidents * limit["incident_message"]
    return share, [
        Step(
            "NATS, messages stored",
            f"{MESSAGES_OF_A_BAN} a ban, {MESSAGES_OF_AN_INCIDENT} an incident, {MESSAGES_OF_A_BEAT} a beat",
            messages,
            "/s",
        ),
        Step("NATS, load", f"/ ({limit['publishes']:,.0f} x {LOADED:g}); three nodes", share * 100, "%"),
        Step(
            "NATS, disk of each node",
            f"{stored:,.0f} bytes/s x {EVENTS_DAYS} days; every node of {REPLICAS} holds all",
            stored * EVENTS_DAYS * DAY / 1e9,
            "GB",
        ),
    ]


def _postgres(limit: Mapping[str, float], bans: float, incidents: float) -> tuple[float, list[Step]]:
    """Both services on one server; a ban that ends is a second, smaller event."""
    of_bans, of_incidents = 2 * bans / limit["bans"], incidents / limit["incidents"]
    share = (of_bans + of_incidents) / LOADED
    yearly = (bans * limit["infraction_row"] + incidents * limit["incident_row"]) * YEAR
    return share, [
        Step(
            "Postgres, load",
            f"(2 x {bans:.3g} / {limit['bans']:,.0f} + {incidents:.3g} / {limit['incidents']:,.0f}) / {LOADED:g}",
            share * 100,
            "%",
        ),
        Step("Postgres, growth", "rows, indexes and read models", yearly / 1e9, "GB a year"),
        Step(
            "rebuild after a year",
            f"2 x {bans * YEAR:,.0f} events of infractions / {limit['rebuild']:,.0f} a second",
            2 * bans * YEAR / limit["rebuild"] / HOUR,
            "hours",
        ),
    ]


def measured_in(results: Iterable[Mapping[str, Any]]) -> dict[str, Measured]:
    """`MEASURED`, with the values of a run where it has them."""
    values = {str(each["what"]): float(each["value"]) for each in results}
    found = dict(MEASURED)
    for name, each in MEASURED.items():
        for what, value in values.items():
            if each.pattern and value > 0 and fnmatchcase(what, each.pattern):
                found[name] = replace(each, value=value)
    return found


def lines(scenario: Scenario, measured: Mapping[str, Measured]) -> list[str]:
    """The calculation of one scenario, and how it grows."""
    found = [f"== {scenario.name}", ""]
    found += [
        f"{step.what:<30} {step.value:>12,.2f} {step.unit:<10} = {step.how}" for step in needs(scenario, measured).steps
    ]
    return [*found, "", *_growth(scenario, measured), ""]


def _growth(scenario: Scenario, measured: Mapping[str, Measured]) -> list[str]:
    """As one community, where every server hears of every ban; and as several, which share nothing but machines."""
    part = needs(scenario, measured)
    parts = f"communities of {scenario.players:,} players"
    columns = f"{'gateways':>10} {'NATS':>9} {'Postgres':>9}"
    found = [
        f"{'':>15} | {'one community':^30} | {parts:^30}",
        f"{'players':>15} | {columns} | {columns}",
    ]
    for growth in GROWTHS:
        whole = needs(scenario.times(growth), measured)
        clusters, servers = (max(1, math.ceil(share * growth)) for share in (part.nats_share, part.postgres_share))
        found.append(
            f"{scenario.players * growth:>15,} | {whole.gateways:>10,} {whole.nats_share:>9.0%}"
            f" {whole.postgres_share:>9.0%} | {part.gateways * growth:>10,} {clusters:>9,} {servers:>9,}"
        )
    return found


def main() -> int:
    """Print everything; 2 for a file of results that cannot be read."""
    measured = dict(MEASURED)
    if len(sys.argv) > 1:
        try:
            measured = measured_in(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            sys.stderr.write(f"{sys.argv[1]} is no file of results: {error!r}\n")
            return 2
    print("== measured\n")
    for name, each in measured.items():
        origin = "estimated" if not each.pattern else "table" if each == MEASURED[name] else "results"
        print(f"{name:<20} {each.value:>12,.1f} {each.unit} ({origin})")
    print()
    for scenario in SCENARIOS:
        print("\n".join(lines(scenario, measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
