"""What taking back what somebody did does, as tables and as one document."""

import shlex
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.undoing import NOT_TAKEN_BACK, OUTCOMES, TAKEN_BACK, Doings, TakenBack
from banstream_cli.shown.wording import whom
from banstream_cli.terminal.output import print_facts, print_gap, print_json, print_table, say, styled

_SHOWN = 5
_STYLES = {"lifted": "green", "reinstated": "red", "amended": "yellow", "left": "yellow", "refused": "red"}
_MEANINGS = {
    "lifted": "issued or put back by them: in force no more",
    "reinstated": "lifted by them, or ended early: in force again",
    "amended": "changed by them: as they were before",
    "accepted": "stored, not decided yet",
    "left": "decided on by somebody else since: stay as they are",
    "refused": "banstream says no",
    "unchanged": "over, or as they were before: nothing to do",
}


def show_taken_back(doings: Doings, found: TakenBack, *, dry_run: bool) -> None:
    """What becomes of the infractions, and of players."""
    until = found.until and show_moment(found.until)
    print_facts((("By", doings.by), ("Since", show_moment(doings.since)), ("Until", until)))
    print_gap()
    rows = [
        (_outcome(name, dry_run=dry_run), str(found.outcomes[name]), _MEANINGS[name])
        for name in OUTCOMES
        if found.outcomes[name]
    ]
    print_table(("Outcome", "Infractions", "Which are"), rows, f"{doings.by} did nothing to infractions in that time")
    _show_people(found)
    _show_not_taken_back(found)


def print_taken_back(doings: Doings, found: TakenBack, *, dry_run: bool) -> None:
    """One document."""
    people = found.people()
    print_json(
        {
            "by": doings.by,
            "since": doings.since,
            "until": found.until,
            "dry_run": dry_run,
            "outcomes": {name: found.outcomes[name] for name in OUTCOMES},
            "free": [*people.free],
            "still_restricted": [*people.still_restricted],
            "restricted_again": [*people.restricted_again],
            "items": [item for name in OUTCOMES for item in found.items.get(name, ())],
            "undo": found.undo,
        }
    )


def what_it_does(found: TakenBack) -> str:
    """One sentence before it is done."""
    verbs = dict(zip(TAKEN_BACK, ("lifts", "reinstates", "amends"), strict=True))
    *told, last = [f"{verb} {found.outcomes[name]}" for name, verb in verbs.items() if found.outcomes[name]]
    does = " and ".join(filter(None, (", ".join(told), last)))
    infractions = f"infraction{'' if found.count(TAKEN_BACK) == 1 else 's'}"
    free = len(found.people().free)
    frees = f"; {free} player{'' if free == 1 else 's'} or addresses are free then" if free else ""
    return f"This {does} {infractions}{frees}. Who was told of them is told of this."


def command_of(undo: Mapping[str, Any]) -> str:
    """What takes an undo back, to be pasted."""
    by, since = shlex.quote(str(undo.get("by"))), show_moment(str(undo.get("since")), utc=True)
    return f'banstream undo --by {by} --since {since} --reason "the undo was wrong"'


def _outcome(name: str, *, dry_run: bool) -> Text:
    would_be = dry_run and name in TAKEN_BACK
    return styled(f"would be {name}" if would_be else name, _STYLES.get(name, ""))


def _show_people(found: TakenBack) -> None:
    people = found.people()
    facts = (
        ("Free", _first(people.free, "")),
        ("Still restricted", _first(people.still_restricted, " by something else")),
        ("Restricted again", _first(people.restricted_again, "")),
    )
    if any(told for _, told in facts):
        print_gap()
        print_facts(facts)


def _first(people: Mapping[str, str], how: str) -> str | None:
    """How many, and the first of them."""
    if not people:
        return None
    named = [f"{who} ({name})" if name else who for who, name in [*people.items()][:_SHOWN]]
    more = [f"{len(people) - _SHOWN} more"] if len(people) > _SHOWN else []
    return f"{len(people)}{how}: {', '.join(named + more)}"


def _show_not_taken_back(found: TakenBack) -> None:
    for name in NOT_TAKEN_BACK:
        if not (kept := found.items.get(name, [])[:_SHOWN]):
            continue
        print_gap()
        cells = [(str(item.get("infraction_id")), whom(item), str(item.get("detail") or "-")) for item in kept]
        print_table((name.capitalize(), "Player", "Why"), cells, "")
        if (more := found.outcomes[name] - len(kept)) > 0:
            say(f"{more} more are {name}; --json names them")
