"""`banstream import undo`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from banstream_cli.arguments.options import DryRun, Json, Yes, read
from banstream_cli.commands.import_options import ImportId, short_id_of
from banstream_cli.commands.taking_back import carry_out, confirm, end, look_ask_do, only_asks_people
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.importing.undoing import NOT_UNDONE, Undone, undo
from banstream_cli.settings import Settings
from banstream_cli.shown.import_wording import print_undone, show_import, show_undone
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import print_gap
from banstream_contracts.text import Reason


def undo_import(
    context: typer.Context,
    import_id: ImportId,
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in each infraction that is lifted.")],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take an import back: lift what it brought and nobody has changed here since.

    Importing the same file again puts it back. Nobody is told of single infractions.
    """
    known = short_id_of(import_id)
    why = read(TypeAdapter(Reason).validate_python, reason)
    only_asks_people(as_json=as_json, dry_run=dry_run, yes=yes)
    entry = get(context.obj, path("v1", "imports", known))
    done = look_ask_do(
        lambda: _run(context.obj, known, why, entry, dry_run=True),
        lambda seen: _show_seen(known, entry, seen, as_json=as_json),
        _ask,
        lambda _: _run(context.obj, known, why, entry, dry_run=False),
        dry_run=dry_run,
        yes=yes,
    )
    if done is None:
        return
    if as_json:
        print_undone(known, done, dry_run=False)
    else:
        show_undone(done, dry_run=False)
    end(done.outcomes, NOT_UNDONE)


def _show_seen(import_id: str, entry: Mapping[str, Any], seen: Undone, *, as_json: bool) -> None:
    if as_json:
        print_undone(import_id, seen, dry_run=True)
        return
    show_import(entry)
    print_gap()
    show_undone(seen, dry_run=True)


def _run(settings: Settings, import_id: str, reason: str, entry: Mapping[str, Any], *, dry_run: bool) -> Undone:
    found, total = Undone(), int(entry.get("infractions") or 0)
    title = "looking" if dry_run else "taking back"
    carry_out(
        settings,
        title,
        total,
        lambda api: undo(api, import_id, reason, found, dry_run=dry_run),
        lambda: "nothing was written" if dry_run else _how_far(found, total),
    )
    return found


def _how_far(found: Undone, total: int) -> str:
    return f"{found.outcomes.total()} of {total} infractions are dealt with; the same command again goes on"


def _ask(found: Undone) -> None:
    count, players = found.outcomes["undone"], len(found.players)
    if not count:
        raise AnswerIsNo("nothing is left to take back")
    those = f"{count} infraction{'' if count == 1 else 's'} of {players} player{'' if players == 1 else 's'}"
    confirm(f"This lifts {those}; nobody is told of single ones.")
