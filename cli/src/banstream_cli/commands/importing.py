"""`banstream import bans|list|show`; `undo` is in `imports_undoing`."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from banstream_cli.arguments.options import All, DryRun, Json, Limit, read, refuse
from banstream_cli.commands.import_options import (
    Files,
    FormatName,
    GoOn,
    HoldsWhere,
    ImportId,
    Mapping,
    Only,
    OnServer,
    RejectedFile,
    Service,
    SourceText,
    Whole,
    WholeMost,
    Zone,
    format_of,
    short_id_of,
    source_of,
    where_of,
    zone_of,
)
from banstream_cli.commands.imports_lifting import find_missing, lift_missing
from banstream_cli.commands.imports_undoing import undo_import
from banstream_cli.gateway.api import open_api, path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, say_more
from banstream_cli.importing.formats.table import FORMATS
from banstream_cli.importing.gathering import STDIN, Gathering, entries, readable_again
from banstream_cli.importing.rows import Options
from banstream_cli.importing.sending import NOT_TAKEN, Import, NotTaken, Report, send
from banstream_cli.importing.tidying import Sendable
from banstream_cli.importing.whole import Missing
from banstream_cli.settings import Settings
from banstream_cli.shown.import_wording import (
    print_report,
    rejected_line,
    show_import,
    show_imported,
    show_imports,
    show_report,
)
from banstream_cli.terminal.exits import AnswerIsNo, Stuck, Unconfirmed
from banstream_cli.terminal.output import print_json, say
from banstream_cli.terminal.progress import progress_bar
from banstream_cli.terminal.target_file import opened
from banstream_runtime.identifiers import new_short_id

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Take over the bans of another system; take that back.",
)

_FORMATS = "\n".join(f"{form.name}: {form.summary}" for form in FORMATS.values())
_BANS_HELP = f"""Import bans, mutes and warnings of another system from FILEs; - is stdin.

A row is known by --source and its id there: a second run changes nothing but what has changed there since.
What staff have changed here in the meantime stays as it is here. Nobody is told of single infractions.
What has disappeared there stays, unless --whole says that the files hold everything.
Try it with --dry-run first; `banstream import undo` takes an import back.

Formats:

{_FORMATS}
"""


@app.command(help=_BANS_HELP)
def bans(
    context: typer.Context,
    files: Files,
    form: FormatName,
    source: SourceText,
    service: Service = None,
    zone: Zone = "UTC",
    mapping: Mapping = None,
    scope: HoldsWhere = None,
    server: OnServer = None,
    only: Only = None,
    whole: Whole = False,
    whole_most: WholeMost = None,
    dry_run: DryRun = False,
    rejected: RejectedFile = None,
    import_id: GoOn = None,
    as_json: Json = False,
) -> None:
    """The help is above."""
    run = Import(short_id_of(import_id) if import_id else new_short_id(), read(source_of, source), dry_run)
    known = read(format_of, form)
    options = Options(service=service, zone=read(zone_of, zone), mapping=mapping)
    where = where_of(scope, server)
    kinds = frozenset(only or ())
    missing = Missing(run.source, kinds, whole_most) if whole else None
    if whole_most is not None and not whole:
        refuse("--whole-most goes with --whole")
    if files.count(STDIN) > 1:
        refuse("stdin can be read once")
    context.obj.gateway()  # says what is missing before a long file is read
    if rejected is not None and any(rejected.resolve() == file.resolve() for file in files):
        refuse("--rejected names a file that is to be read")
    with readable_again(files) as readable:
        gathering = Gathering(readable, known, options, where, kinds)
        total = _counted(gathering)
        with _written(rejected) as write:
            report = Report(write, missing.presence if missing else None)
            if missing:
                _send_whole(context.obj, run, gathering, report, total, missing)
            else:
                _send(context.obj, run, gathering, report, total)
    (print_report if as_json else show_report)(run, report, missing)
    _end(run, report, missing, rejected, as_json=as_json)


@app.command("list")
def list_imports(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Imports of which something stands, the newest first."""
    found = fetch(context.obj, "/v1/imports", None if everything else limit)
    if as_json:
        print_json(found)
        return
    show_imports(found["items"])
    say_more(found)


@app.command()
def show(
    context: typer.Context, import_id: ImportId, limit: Limit = 50, everything: All = False, as_json: Json = False
) -> None:
    """An import and its infractions, as they stand now."""
    target = path("v1", "imports", short_id_of(import_id))
    entry = get(context.obj, target)
    found = fetch(context.obj, f"{target}/infractions", None if everything else limit)
    if as_json:
        print_json({"import": entry, **found})
        return
    show_import(entry)
    show_imported(found["items"])
    if found["next"] is not None:
        say(f"these are the first {len(found['items'])}; --limit or --all shows more")


app.command("undo")(undo_import)


def _counted(gathering: Gathering) -> int:
    """How many rows there are to send. Everything is read before anything is sent. Raises Stuck."""
    count = 0
    with progress_bar("reading") as advance:
        for entry in entries(gathering):
            if isinstance(entry, Sendable):
                count += 1
                advance(count, None)
    return count


@contextmanager
def _written(file: Path | None) -> Iterator[Callable[[NotTaken], None]]:
    """What keeps rows that were refused or rejected in a file, for its owner only."""
    if file is None:
        yield lambda _: None
        return
    with opened(file) as write:
        yield lambda each: _write(write, each)


def _write(write: Callable[[str], None], each: NotTaken) -> None:
    if each.outcome != "left":
        write(json.dumps(rejected_line(each), ensure_ascii=True) + "\n")


def _send(settings: Settings, run: Import, gathering: Gathering, report: Report, total: int) -> None:
    """Raises Trouble that says how far it came, where it did not come to the end."""
    try:
        asyncio.run(_sent(settings, run, gathering, report, total))
    except KeyboardInterrupt:
        say(f"interrupted: {_how_far(run, report, total)}")
        raise
    except (AnswerIsNo, Stuck) as trouble:
        if not report.sent:
            raise
        kind = AnswerIsNo if isinstance(trouble, AnswerIsNo) else Stuck
        raise kind(f"{trouble}; {_how_far(run, report, total)}") from trouble


def _send_whole(
    settings: Settings, run: Import, gathering: Gathering, report: Report, total: int, missing: Missing
) -> None:
    """Everything is tried first: nothing is sent where too many are missing."""
    tried = report if run.dry_run else Report(presence=missing.presence)
    _send(settings, replace(run, dry_run=True), gathering, tried, total)
    find_missing(settings, report, missing)
    if run.dry_run:
        report.outcomes["lifted"] = 0 if missing.refused else missing.count
    elif not missing.is_too_many:
        _send(settings, run, gathering, report, total)
        lift_missing(settings, report, missing)


async def _sent(settings: Settings, run: Import, gathering: Gathering, report: Report, total: int) -> None:
    title = "trying" if run.dry_run else f"importing as {run.import_id}"
    async with open_api(settings) as api:
        with progress_bar(title, total) as advance:
            await send(api, run, entries(gathering), report, lambda done: advance(done, total))


def _how_far(run: Import, report: Report, total: int) -> str:
    if run.dry_run:
        return "nothing was written"
    return (
        f"{report.sent} of {total} rows were imported, and those on their way may be;"
        f" the same command with --import-id {run.import_id} goes on"
    )


def _end(run: Import, report: Report, missing: Missing | None, rejected: Path | None, *, as_json: bool) -> None:
    """What to do next. Raises AnswerIsNo where rows were not taken, Unconfirmed where some are not decided yet."""
    if not as_json:
        if run.dry_run:
            say("this was a dry run: nothing was written")
        elif report.count(("new", "changed", "accepted")):
            say(f"`banstream import undo {run.import_id} --reason …` takes it back")
    noes = _not_lifted(run, missing) + _not_taken(run, report, rejected)
    if noes:
        raise AnswerIsNo("; ".join(noes))
    if waiting := report.outcomes["accepted"]:
        again = f"the same command with --import-id {run.import_id} says more"
        raise Unconfirmed(f"{waiting} rows are stored and not decided yet; {again}")


def _not_lifted(run: Import, missing: Missing | None) -> list[str]:
    if missing is None or missing.refused is None:
        return []
    done = "imported or lifted" if missing.is_too_many else "lifted"
    return [f"nothing {'would be' if run.dry_run else 'was'} {done}: {missing.refused}"]


def _not_taken(run: Import, report: Report, rejected: Path | None) -> list[str]:
    count = report.count(NOT_TAKEN)
    if not count:
        return []
    were = "would not be" if run.dry_run else "were not"
    told = f"{count} of {report.outcomes.total() - report.outcomes['lifted']} rows {were} taken"
    can_be_written = report.count(("refused", "rejected"))
    if not can_be_written:
        return [told]
    return [
        told,
        f"{can_be_written} of them are in {rejected}" if rejected else "--rejected FILE writes them into a file",
    ]
