"""`banstream appeals list|show|answer|note|assign|uphold|reduce|overturn|code|statistics`."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from banstream_cli.arguments.options import All, InfractionId, Json, Key, Limit, player_of, read, refuse
from banstream_cli.arguments.times import parse_duration, parse_moment
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.appeal_wording import COLUMNS, row, show_appeal, show_statistics
from banstream_cli.terminal.output import print_facts, print_json, print_line
from banstream_contracts.infractions import Punishment, Scope

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Players who ask to look at their ban again.")


class Status(StrEnum):
    """How an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REDUCED = "reduced"
    OVERTURNED = "overturned"
    ANY = "any"


Id = Annotated[str, typer.Argument(metavar="ID", help="Of an appeal, 24 hex digits.")]
Text = Annotated[str, typer.Option("--text", help="What the player reads.")]


@app.command("list")
def list_appeals(
    context: typer.Context,
    status: Annotated[Status, typer.Option(help="How they stand.")] = Status.OPEN,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="Of this player.")] = None,
    infraction: Annotated[str | None, typer.Option(metavar="ID", help="Against this infraction.")] = None,
    assignee: Annotated[str | None, typer.Option(metavar="NAME", help="Whom they are assigned to.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Appeals that wait for a decision, newest first; --status shows others."""
    chosen = {
        "status": None if status is Status.ANY else status.value,
        "player": str(player_of(player)) if player else None,
        "infraction_id": infraction,
        "assignee": assignee,
    }
    found = fetch(context.obj, path("v1", "appeals"), None if everything else limit, **chosen)
    show_page(found, COLUMNS, row, "no appeal waits", as_json=as_json)


@app.command()
def show(context: typer.Context, appeal_id: Id, as_json: Json = False) -> None:
    """One appeal, with all that was said."""
    found = get(context.obj, path("v1", "appeals", appeal_id))
    if as_json:
        print_json(found)
    else:
        show_appeal(found)


@app.command()
def answer(context: typer.Context, appeal_id: Id, text: Text, key: Key = None, as_json: Json = False) -> None:
    """Say something to the player."""
    _change(context.obj, appeal_id, "answers", {"text": text}, "is answered", key, as_json=as_json)


@app.command()
def note(
    context: typer.Context,
    appeal_id: Id,
    text: Annotated[str, typer.Option("--text", help="What staff read; the player never does.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say something to the rest of staff."""
    body: dict[str, object] = {"text": text, "internal": True}
    _change(context.obj, appeal_id, "answers", body, "has a note more", key, as_json=as_json)


@app.command()
def assign(
    context: typer.Context,
    appeal_id: Id,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Who looks at it.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Give it back.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say who looks at an appeal."""
    if (to is None) != nobody:
        refuse("name one of --to NAME and --nobody")
    outcome = f"is assigned to {to}" if to else "is nobody's"
    _change(context.obj, appeal_id, "assignee", {"assignee": to}, outcome, key, as_json=as_json)


@app.command()
def uphold(context: typer.Context, appeal_id: Id, text: Text, key: Key = None, as_json: Json = False) -> None:
    """Leave the infraction as it is."""
    _decide(context.obj, appeal_id, {"verdict": "upheld", "text": text}, key, as_json=as_json)


@app.command("reduce")
def reduce_it(
    context: typer.Context,
    appeal_id: Id,
    text: Text,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="7d, 12h, 1d12h, from when it was issued.")
    ] = None,
    punishments: Annotated[
        list[Punishment] | None, typer.Option("--punishment", help="What stays of it; may come several times.")
    ] = None,
    scope: Annotated[Scope | None, typer.Option(help="Where it holds from now on.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make the infraction less: shorter, fewer punishments, or fewer servers."""
    if lasting is None and not (punishments or scope):
        refuse("name what becomes less: --for, --punishment or --scope")
    changes = {
        "duration_seconds": read(parse_duration, lasting) if lasting is not None else None,
        "punishments": [each.value for each in punishments] if punishments else None,
        "scope": scope.value if scope else None,
    }
    body = {name: value for name, value in changes.items() if value is not None}
    _decide(context.obj, appeal_id, {"verdict": "reduced", "text": text, **body}, key, as_json=as_json)


@app.command()
def overturn(context: typer.Context, appeal_id: Id, text: Text, key: Key = None, as_json: Json = False) -> None:
    """Lift the infraction: it was wrong."""
    _decide(context.obj, appeal_id, {"verdict": "overturned", "text": text}, key, as_json=as_json)


@app.command()
def code(
    context: typer.Context,
    infraction_id: InfractionId,
    renew: Annotated[bool, typer.Option("--renew", help="Make a new one; the old one ends at once.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The code that opens the appeal against an infraction, to hand out."""
    where = path("v1", "infractions", infraction_id, "appeal-code")
    if renew:
        found = write(context.obj, "POST", where, key=key, as_json=as_json)
    else:
        found = get(context.obj, where)
        if as_json:
            print_json(found)
    if not as_json:
        print_facts((("Infraction", infraction_id), ("Code", found.get("code")), ("Where", found.get("url"))))


@app.command()
def statistics(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="30d (ago), 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="The same.")] = None,
    as_json: Json = False,
) -> None:
    """How appeals ended: by category, policy and moderator."""
    told = get(context.obj, path("v1", "appeals", "statistics"), since=_moment(since), until=_moment(until))
    if as_json:
        print_json(told)
    else:
        show_statistics(told)


def _moment(text: str | None) -> str | None:
    return read(lambda given: parse_moment(given, datetime.now(UTC)), text).isoformat() if text is not None else None


def _change(
    settings: Settings,
    appeal_id: str,
    what: str,
    body: dict[str, object],
    outcome: str,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    write(settings, "POST", path("v1", "appeals", appeal_id, what), body, key=key, as_json=as_json)
    if not as_json:
        print_line((appeal_id, "bold"), (outcome, ""))


def _decide(settings: Settings, appeal_id: str, body: dict[str, object], key: str | None, *, as_json: bool) -> None:
    _change(settings, appeal_id, "decision", body, f"is {body['verdict']}", key, as_json=as_json)
