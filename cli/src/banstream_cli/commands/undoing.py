"""`banstream undo`."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter

from banstream_cli.arguments.options import DryRun, Json, ReasonText, Yes, read, refuse
from banstream_cli.arguments.times import parse_moment, show_moment
from banstream_cli.commands.taking_back import carry_out, confirm, end, look_ask_do, only_asks_people
from banstream_cli.gateway.undoing import NOT_TAKEN_BACK, TAKEN_BACK, Doings, TakenBack, take_back
from banstream_cli.settings import Settings
from banstream_cli.shown.undo_wording import command_of, print_taken_back, show_taken_back, what_it_does
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import say
from banstream_contracts.text import Reason

app = typer.Typer(add_completion=False)

_WHOSE = "person:LOGIN, token:ID, server:ID, system:ID, admin:SERVICE:ID, policy:ID."


@app.command()
def undo(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help=f"Whose doings: {_WHOSE}")],
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="2h (ago), or a time.")],
    reason: ReasonText,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="The same; without: until now.")] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take back what somebody did to infractions: as when an account was stolen, or a policy was wrong.

    What they issued or imported is lifted, what they lifted is put back in force, what they changed is as before.
    What somebody else has decided on since stays as it is, and is named.

    Shows it and asks. Nothing is deleted, and at the end it says which command would take this back.
    """
    only_asks_people(as_json=as_json, dry_run=dry_run, yes=yes)
    now = datetime.now(UTC)
    begin = read(lambda text: parse_moment(text, now), since)
    stop = read(lambda text: parse_moment(text, now), until) if until is not None else None
    if begin >= (stop or now):
        refuse("--since is before --until, and that before now")
    why = read(TypeAdapter(Reason).validate_python, reason)
    doings = Doings(by, begin.isoformat(), stop.isoformat() if stop else None, why)
    show = print_taken_back if as_json else show_taken_back
    done = look_ask_do(
        lambda: _run(context.obj, doings, None, dry_run=True),
        lambda seen: show(doings, seen, dry_run=True),
        lambda seen: _ask(doings, seen),
        lambda seen: _run(context.obj, replace(doings, until=seen.until) if seen else doings, seen, dry_run=False),
        dry_run=dry_run,
        yes=yes,
    )
    if done is None:
        return
    show(doings, done, dry_run=False)
    if done.undo and not as_json:
        say(f"`{command_of(done.undo)}` takes this back")
    end(done.outcomes, NOT_TAKEN_BACK)


def _run(settings: Settings, doings: Doings, seen: TakenBack | None, *, dry_run: bool) -> TakenBack:
    found = TakenBack()
    title, total = "looking" if dry_run else "taking back", seen.outcomes.total() if seen else None
    carry_out(
        settings,
        title,
        total,
        lambda api: take_back(api, doings, found, dry_run=dry_run),
        lambda: "nothing was written" if dry_run else _how_far(doings, found),
    )
    return found


def _how_far(doings: Doings, found: TakenBack) -> str:
    again = f"the same command with --since {show_moment(doings.since, utc=True)} goes on"
    taken_back = f", `{command_of(found.undo)}` takes that back" if found.undo else ""
    return f"{found.outcomes.total()} infractions are dealt with, and those on their way may be; {again}{taken_back}"


def _ask(doings: Doings, found: TakenBack) -> None:
    if not found.count(TAKEN_BACK):
        raise AnswerIsNo(f"nothing of what {doings.by} did can be taken back")
    confirm(what_it_does(found))
