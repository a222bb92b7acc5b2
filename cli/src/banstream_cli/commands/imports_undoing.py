"""`banstream import undo`."""

import asyncio
from typing import Annotated

import typer
from pydantic import TypeAdapter

from banstream_cli.api import open_api, path
from banstream_cli.asking import get
from banstream_cli.commands.import_options import DryRun, ImportId, short_id_of
from banstream_cli.exits import AnswerIsNo, Stuck, Unconfirmed
from banstream_cli.importing.undoing import NOT_UNDONE, Undone, undo
from banstream_cli.options import Json, read, refuse
from banstream_cli.output import print_gap, say
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_cli.shown.import_wording import print_undone, show_import, show_undone
from banstream_contracts.text import Reason


def undo_import(
    context: typer.Context,
    import_id: ImportId,
    reason: Annotated[str, typer.Option("--reason", help="Why; stands in each infraction that is lifted.")],
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Take an import back: lift what it brought and nobody has changed here since.

    Importing the same file again puts it back. Nobody is told of single infractions.
    """
    known = short_id_of(import_id)
    why = read(TypeAdapter(Reason).validate_python, reason)
    if as_json and not (yes or dry_run):
        refuse("--json does not ask: say --yes as well")
    entry = get(context.obj, path("v1", "imports", known))
    total = int(entry.get("infractions") or 0)
    if dry_run or not yes:
        found = _undone(context.obj, known, why, total, dry_run=True)
        if not as_json:
            show_import(entry)
            print_gap()
            show_undone(found, dry_run=True)
        elif dry_run:
            print_undone(known, found, dry_run=True)
        if dry_run:
            return
        _ask(found)
        print_gap()
    found = _undone(context.obj, known, why, total, dry_run=False)
    if as_json:
        print_undone(known, found, dry_run=False)
    else:
        show_undone(found, dry_run=False)
    _end_undo(found)


def _undone(settings: Settings, import_id: str, reason: str, total: int, *, dry_run: bool) -> Undone:
    found = Undone()
    try:
        asyncio.run(_undo(settings, import_id, reason, found, total, dry_run=dry_run))
    except KeyboardInterrupt:
        say(f"interrupted: {_undone_so_far(found, total, dry_run=dry_run)}")
        raise
    except (AnswerIsNo, Stuck) as trouble:
        if dry_run or not found.outcomes:
            raise
        kind = AnswerIsNo if isinstance(trouble, AnswerIsNo) else Stuck
        raise kind(f"{trouble}; {_undone_so_far(found, total, dry_run=dry_run)}") from trouble
    return found


async def _undo(settings: Settings, import_id: str, reason: str, found: Undone, total: int, *, dry_run: bool) -> None:
    async with open_api(settings) as api:
        with progress_bar("looking" if dry_run else "taking back", total) as advance:
            await undo(api, import_id, reason, found, lambda done: advance(done, total), dry_run=dry_run)


def _undone_so_far(found: Undone, total: int, *, dry_run: bool) -> str:
    if dry_run:
        return "nothing was written"
    return f"{found.outcomes.total()} of {total} infractions are dealt with; the same command again goes on"


def _ask(found: Undone) -> None:
    count, players = found.outcomes["undone"], len(found.players)
    if not count:
        raise AnswerIsNo("nothing is left to take back")
    those = f"{count} infraction{'' if count == 1 else 's'} of {players} player{'' if players == 1 else 's'}"
    typer.echo(f"This lifts {those}; nobody is told of single ones.", err=True)
    if not typer.confirm("Take it back?", err=True):
        raise AnswerIsNo("nothing was taken back")


def _end_undo(found: Undone) -> None:
    if count := found.count(NOT_UNDONE):
        raise AnswerIsNo(f"{count} of {found.outcomes.total()} infractions stay as they are")
    if waiting := found.outcomes["accepted"]:
        raise Unconfirmed(f"{waiting} infractions are not lifted yet; the same command again says more")
