"""Imports as tables: what became of rows, what an import brought, what taking it back does."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.text import Text

from banstream_cli.arguments.times import show_moment
from banstream_cli.importing.gathering import Skipped
from banstream_cli.importing.sending import NOT_TAKEN, OUTCOMES, Import, NotTaken, Report
from banstream_cli.importing.tidying import NO_REASON, Mend, Sendable, cut_at_word
from banstream_cli.importing.undoing import NOT_UNDONE, Undone
from banstream_cli.importing.undoing import OUTCOMES as UNDO_OUTCOMES
from banstream_cli.importing.whole import Missing
from banstream_cli.shown.wording import STYLES, actor, end, punishments, whom
from banstream_cli.terminal.output import Cell, print_facts, print_gap, print_json, print_line, print_table, say, styled

SHOWN_NOT_TAKEN = 5
_IMPORTS = ("Import", "Source", "Imported", "By", "Infractions")
_INFRACTIONS = ("Row", "Player", "Punishments", "Status", "Reason")
_EXAMPLES = ("Row", "Player", "Punishments", "Until", "Reason")
_ALREADY = {"rejected", "ended"}
_LONGEST_REASON = 100
_STYLES = {
    "new": "green",
    "changed": "yellow",
    "lifted": "yellow",
    "left": "yellow",
    "refused": "red",
    "rejected": "red",
}
_MEANINGS = {
    "new": "not here before",
    "changed": "changed there, or taken back here before",
    "same": "here already, nothing to do",
    "lifted": "in the files no more",
    "accepted": "stored, not decided yet",
    "left": "changed there and here: stay as they are here",
    "refused": "banstream says no",
    "rejected": "cannot be imported as they stand there",
}
_MENDS = {
    Mend.NO_REASON: f'without a reason: "{NO_REASON}"',
    Mend.REASON_CUT: "with a reason that is too long: cut, and whole in the note",
    Mend.NAME_CUT: "with a name that is too long: cut, and whole in the note",
    Mend.NOTE_CUT: "with notes that are too long: cut",
    Mend.EVIDENCE_CUT: "with evidence that is too long: cut",
    Mend.CONTROL_CHARACTERS: "with control characters: blanks instead",
}
_SKIPS = {
    Skipped.OTHER_KIND: "left out by --only",
    Skipped.TWICE: "twice in the files: taken once",
}
_UNDO_MEANINGS = {
    "undone": "in force no more",
    "ended": "over already",
    "accepted": "stored, not decided yet",
    "left": "changed here since: stay as they are",
    "refused": "banstream says no",
}


def show_report(run: Import, report: Report, missing: Missing | None) -> None:
    """What became of the rows, or would."""
    if not run.dry_run:
        print_facts((("Import", run.import_id), ("Source", run.source)))
        print_gap()
    rows = [
        (_outcome(name, dry_run=run.dry_run), str(report.outcomes[name]), _MEANINGS[name])
        for name in OUTCOMES
        if report.outcomes[name]
    ]
    if rows or not (missing and missing.is_too_many):
        print_table(("Outcome", "Rows", "Which are"), rows, "the files hold nothing to import")
    _show_mended(report)
    if run.dry_run:
        for name in ("new", "changed"):
            _show_examples(name, report)
    if missing:
        _show_missing(missing)
    _show_not_taken(report.not_taken)


def print_report(run: Import, report: Report, missing: Missing | None) -> None:
    """One document."""
    print_json(
        {
            "import_id": run.import_id,
            "source": run.source,
            "dry_run": run.dry_run,
            "outcomes": {name: report.outcomes[name] for name in OUTCOMES},
            "mended": {str(mend): report.mended[mend] for mend in Mend},
            "skipped": {str(skipped): report.skipped[skipped] for skipped in Skipped},
            "examples": {name: [each.body for each in kept] for name, kept in sorted(report.examples.items())},
            "whole": missing and _told_missing(missing),
            "not_taken": [
                {"place": each.place, "row": each.row, "outcome": each.outcome, "why": _why(each)}
                for each in report.not_taken
            ],
        }
    )


def rejected_line(each: NotTaken) -> dict[str, str | None]:
    """A row of the file of rows that were not taken."""
    return {"place": each.place, "row": each.row, "why": _why(each), "raw": each.raw}


def show_undone(found: Undone, *, dry_run: bool) -> None:
    """What becomes of the infractions of an import."""
    rows = [
        (_outcome(name, dry_run=dry_run), str(found.outcomes[name]), _UNDO_MEANINGS[name])
        for name in UNDO_OUTCOMES
        if found.outcomes[name]
    ]
    print_table(("Outcome", "Infractions", "Which are"), rows, "nothing of this import is left")
    kept = found.not_undone[:SHOWN_NOT_TAKEN]
    if kept:
        print_gap()
        cells = [(str(item.get("infraction_id")), str(item.get("row")), _not_undone(item)) for item in kept]
        print_table(("Infraction", "Row", "Why"), cells, "")
        _say_more(found.count(NOT_UNDONE) - len(kept), "--json names them")


def print_undone(import_id: str, found: Undone, *, dry_run: bool) -> None:
    """One document."""
    print_json(
        {
            "import_id": import_id,
            "dry_run": dry_run,
            "outcomes": {name: found.outcomes[name] for name in UNDO_OUTCOMES},
            "players": len(found.players),
            "not_undone": found.not_undone,
        }
    )


def show_imports(items: Iterable[Mapping[str, Any]]) -> None:
    """A row an import."""
    rows = (
        [
            str(item.get("import_id", "-")),
            str(item.get("source", "-")),
            show_moment(str(item.get("at", "-"))),
            actor(item.get("by") or {}),
            str(item.get("infractions", "-")),
        ]
        for item in items
    )
    print_table(_IMPORTS, rows, "nothing was imported")


def show_import(entry: Mapping[str, Any]) -> None:
    """An import and what stands of it."""
    numbers: Sequence[tuple[str, str]] = (
        ("Infractions", "infractions"),
        ("In force", "in_force"),
        ("Undone", "undone"),
        ("Changed here", "changed"),
    )
    print_facts(
        (
            ("Import", str(entry.get("import_id", "-"))),
            ("Source", str(entry.get("source", "-"))),
            ("Imported", f"{show_moment(str(entry.get('at', '-')))} by {actor(entry.get('by') or {})}"),
            *((word, None if (number := entry.get(name)) is None else str(number)) for word, name in numbers),
        )
    )


def show_imported(items: Iterable[Mapping[str, Any]]) -> None:
    """The infractions of an import."""
    print_gap()
    print_table(_INFRACTIONS, (_infraction(item) for item in items), "no infraction is of this import any more")


def _infraction(item: Mapping[str, Any]) -> list[Cell]:
    imported = item.get("imported") or {}
    status = str(item.get("status", "-"))
    until = end(item) if status == "active" else ""
    undone = "(undone)" if imported.get("is_undone") and status == "lifted" else ""
    return [
        str(imported.get("row", "-")),
        _named(whom(item), item.get("player_name")),
        punishments(item),
        styled(" ".join(filter(None, (status, undone or until))), STYLES.get(status, "")),
        str(item.get("reason", "")),
    ]


def _show_mended(report: Report) -> None:
    told = [(report.mended[mend], text) for mend, text in _MENDS.items()]
    told += [(report.skipped[skip], text) for skip, text in _SKIPS.items()]
    rows = [(str(count), text) for count, text in told if count]
    if rows:
        print_gap()
        print_table(("Rows", "Also"), rows, "")


def _show_examples(name: str, report: Report) -> None:
    examples = report.examples.get(name)
    if not examples:
        return
    print_gap()
    _print_title(f"Would be {name}", len(examples), report.outcomes[name])
    print_table(_EXAMPLES, (_example(each) for each in examples), "")


def _print_title(title: str, shown: int, count: int) -> None:
    print_line((title, "bold"), (f"(the first {shown} of {count})" * (count > shown), ""))


def _example(each: Sendable) -> list[Cell]:
    body = each.body
    player = body.get("player") or {}
    who = f"{player.get('service')}:{player.get('id')}" if player else str(body.get("ip"))
    until = show_moment(str(body["expires_at"])) if "expires_at" in body else "permanent"
    return [
        each.key,
        _named(who, player.get("name")),
        punishments(body),
        "lifted" if "lifted" in body else until,
        _short(str(body.get("reason"))),
    ]


def _told_missing(missing: Missing) -> dict[str, Any]:
    return {
        "in_force": missing.in_force,
        "missing": missing.count,
        "examples": missing.examples,
        "refused": missing.refused,
    }


def _show_missing(missing: Missing) -> None:
    if not missing.examples:
        return
    print_gap()
    _print_title("In the files no more", len(missing.examples), missing.count)
    rows = [(str(item["row"]), whom(item)) for item in missing.examples]
    print_table(("Row", "Player"), rows, "")


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else cut_at_word(reason, _LONGEST_REASON)


def _show_not_taken(not_taken: Sequence[NotTaken]) -> None:
    """The first few of each outcome."""
    for name in NOT_TAKEN:
        named = [each for each in not_taken if each.outcome == name]
        if named:
            print_gap()
            print_line((name.capitalize(), "bold"))
            print_table(("Where", "Why"), ((each.place, _why(each)) for each in named[:SHOWN_NOT_TAKEN]), "")


def _why(each: NotTaken) -> str:
    return each.why or (_MEANINGS["left"] if each.outcome == "left" else "-")


def _not_undone(item: Mapping[str, Any]) -> str:
    return str(item.get("detail") or _UNDO_MEANINGS.get(str(item.get("outcome")), "-"))


def _outcome(name: str, *, dry_run: bool) -> Text:
    return styled(f"would be {name}" if dry_run and name not in _ALREADY else name, _STYLES.get(name, ""))


def _named(who: str, name: object) -> str:
    return f"{who} ({name})" if name else who


def _say_more(count: int, how: str) -> None:
    if count > 0:
        say(f"{count} more; {how}")
