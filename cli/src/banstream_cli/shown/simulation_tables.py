"""What a simulation found: tables for people, one document for programs, a row a player for spreadsheets."""

from collections.abc import Iterator, Mapping
from typing import Any

from banstream_abuse_tracker.domain.simulation import Course, Outcome
from banstream_cli.arguments.times import show_moment
from banstream_cli.direct.simulating import Comparison
from banstream_cli.shown.abuse_wording import policy_summary
from banstream_cli.shown.exporting import csv_row, harmless
from banstream_cli.terminal.output import Cell, print_facts, print_gap, print_json, print_plain, print_table, say

MOST_IN_TABLES = 20
_WORDS = {
    Outcome.BAN: ("bans", "banned"),
    Outcome.REVIEW: ("reviews", "to review"),
    Outcome.KICK: ("kicks", "kicked"),
    Outcome.WARNING: ("warnings", "warned"),
    Outcome.WITHHELD: ("withheld", "withheld"),
}
_OUTCOMES = ("Outcome", "In force", "Players", "Draft", "Players", "Newly", "No more")
_PLAYERS = ("Player", "In force", "Draft", "Change")


def show_comparison(found: Comparison, most: int | None) -> None:
    """Totals, what changes and for whom, and the players whom it comes to most."""
    if not found.draft.incidents:
        say("no incident that counts happened there in that time: there is nothing to simulate")
        return
    print_facts(_facts(found))
    print_gap()
    if totals := list(_totals(found)):
        print_table(_OUTCOMES, totals, "")
        print_gap()
    players, most = found.players(), most or MOST_IN_TABLES
    rows = (
        (player, _counts(found.in_force, player), _counts(found.draft, player), _change(found, player))
        for player in players[:most]
    )
    print_table(_PLAYERS, rows, "neither comes to anything: no player reaches a threshold")
    if len(players) > most:
        say(f"{len(players) - most} more players; --top, --json or --csv shows them")


def print_comparison(found: Comparison, most: int | None) -> None:
    """One JSON document; every player unless fewer are wanted."""
    question = found.question
    print_json(
        {
            "since": question.since.isoformat(),
            "until": question.until.isoformat(),
            "counting_since": found.begin.isoformat(),
            "servers": None if question.servers is None else list(question.servers),
            "in_force": {
                "policies": [{"policy_id": each.policy_id, "version": each.version} for each in found.policies],
                **_course(found.in_force),
            },
            "draft": {"policy": question.draft.model_dump(mode="json"), **_course(found.draft)},
            "changes": {str(each.outcome): {"new": each.new, "gone": each.gone} for each in found.changes},
            "players": [
                {
                    "player": player,
                    "in_force": _numbers(found.in_force.of(player)),
                    "draft": _numbers(found.draft.of(player)),
                }
                for player in found.players(most)
            ],
        }
    )


def print_rows(found: Comparison, most: int | None) -> None:
    """One CSV row a player."""
    plurals = [_WORDS[outcome][0] for outcome in _WORDS]
    print_plain(
        csv_row(["player", *(f"{side}_{each}" for side in ("in_force", "draft") for each in plurals), "change"])[:-1]
    )
    for player in found.players(most):
        numbers = [
            str(course.of(player).get(outcome, 0)) for course in (found.in_force, found.draft) for outcome in _WORDS
        ]
        print_plain(csv_row([harmless(player), *numbers, harmless(_change(found, player))])[:-1])


def _facts(found: Comparison) -> Iterator[tuple[str, Cell | None]]:
    question = found.question
    yield "Incidents", f"{found.draft.incidents} from {show_moment(question.since)} to {show_moment(question.until)}"
    yield "Servers", None if question.servers is None else ", ".join(question.servers)
    yield "In force", "; ".join(_named(found))
    yield "Draft", policy_summary(question.draft.model_dump(mode="json"))
    for side, course in (("in force", found.in_force), ("by the draft", found.draft)):
        if course.refused.total():
            reasons = ", ".join(f"{reason} {count}" for reason, count in course.refused.most_common())
            yield f"Refused {side}", f"{course.refused.total()}: {reasons}"


def _named(found: Comparison) -> Iterator[str]:
    for each in found.policies:
        version = f" v{each.version}" if each.version else ""
        yield f"{each.policy_id}{version}: {policy_summary(each.policy.model_dump(mode='json'))}"


def _totals(found: Comparison) -> Iterator[list[str]]:
    """How often and to how many players, on each side; then to how many players only on the one or the other."""
    for change in found.changes:
        numbers = [
            number
            for course in (found.in_force, found.draft)
            for number in (course.outcomes[change.outcome], course.players_with(change.outcome))
        ]
        if any(numbers):
            yield [_WORDS[change.outcome][0], *map(str, (*numbers, len(change.new), len(change.gone)))]


def _counts(course: Course, player: str) -> str:
    outcomes = course.of(player)
    told = [
        f"{count} {outcome if count == 1 else plural}"
        for outcome, (plural, _) in _WORDS.items()
        if (count := outcomes.get(outcome, 0))
    ]
    return ", ".join(told) or "-"


def _change(found: Comparison, player: str) -> str:
    """The gravest difference first."""
    told = []
    for outcome, (_, done) in _WORDS.items():
        is_now, was = (bool(course.of(player).get(outcome, 0)) for course in (found.draft, found.in_force))
        if is_now != was:
            told.append(f"newly {done}" if is_now else f"no more {done}")
    return ", ".join(told)


def _course(course: Course) -> dict[str, Any]:
    return {
        "incidents": course.incidents,
        "ignored": course.ignored,
        "refused": {reason: count for reason, count in course.refused.items() if count},
        "outcomes": {
            str(outcome): {"times": course.outcomes[outcome], "players": course.players_with(outcome)}
            for outcome in _WORDS
        },
    }


def _numbers(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    return {str(outcome): outcomes[outcome] for outcome in _WORDS if outcomes.get(outcome)}
