"""`banstream requests list|show|open|comment|assign`; deciding is in `requests_deciding`."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import typer

from banstream_cli.arguments.options import (
    All,
    Json,
    Key,
    Limit,
    PlayerText,
    ReasonText,
    as_written,
    player_of,
    read,
    refuse,
)
from banstream_cli.arguments.times import parse_lifetime
from banstream_cli.commands.requests_deciding import For, Ids, approve, each_once, reject
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.request_wording import COLUMNS, row, show_request
from banstream_cli.terminal.exits import AnswerIsNo, Stuck, Trouble, Unconfirmed
from banstream_cli.terminal.output import print_json, print_line, say
from banstream_contracts.infractions import Scope

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Players that staff are asked to review.")
app.command()(approve)
app.command()(reject)


class Status(StrEnum):
    """How a request stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    ANY = "any"


Id = Annotated[str, typer.Argument(metavar="ID", help="Of a request, 24 hex digits.")]


@app.command("list")
def list_requests(
    context: typer.Context,
    status: Annotated[Status, typer.Option(help="How they stand.")] = Status.OPEN,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="Of this player.")] = None,
    assignee: Annotated[str | None, typer.Option(metavar="NAME", help="Whom they are assigned to.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Requests that wait for a decision, newest first; --status shows others."""
    chosen = {
        "status": None if status is Status.ANY else status.value,
        "player": str(player_of(player)) if player else None,
        "assignee": assignee,
    }
    found = fetch(context.obj, path("v1", "requests"), None if everything else limit, **chosen)
    show_page(found, COLUMNS, row, "nothing waits for a review", as_json=as_json)


@app.command()
def show(context: typer.Context, request_id: Id, as_json: Json = False) -> None:
    """One request, with what staff said about it."""
    found = get(context.obj, path("v1", "requests", request_id))
    if as_json:
        print_json(found)
    else:
        show_request(found)


@app.command("open")
def open_request(
    context: typer.Context,
    player: PlayerText,
    reason: ReasonText,
    lift: Annotated[bool, typer.Option("--lift", help="Ask to lift the player's bans.")] = False,
    lasting: For = None,
    scope: Annotated[Scope, typer.Option(help="Where the suggested ban holds.")] = Scope.GLOBAL,
    server: Annotated[str | None, typer.Option(metavar="ID", help="The server it is about.")] = None,
    name: Annotated[str | None, typer.Option(help="What the player is called.")] = None,
    ip: Annotated[str | None, typer.Option(help="The player's address, banned with them.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Ask staff to review a player; --for suggests a ban."""
    if lift and lasting is not None:
        refuse("--lift and --for exclude each other")
    whole = player_of(player)
    seconds = read(parse_lifetime, lasting) if lasting is not None else None
    suggested = {"scope": scope.value, **({"duration_seconds": seconds} if seconds else {})} if lasting else None
    offender = {**as_written(player), "name": name, "ip": ip}
    body: dict[str, object] = {
        "player": {field: value for field, value in offender.items() if value is not None},
        "reason": reason,
        **({"wanted": "lift"} if lift else {}),
        **({"suggested": suggested} if suggested else {}),
        **({"server_id": server} if server else {}),
    }
    made = write(context.obj, "POST", path("v1", "requests"), body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(whole), "bold"), (f"is to be reviewed: request {made.get('id')}", ""))


@app.command()
def comment(
    context: typer.Context,
    request_ids: Ids,
    note: Annotated[str, typer.Option("--note", help="What to say; staff read it, nobody else.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say something about requests."""
    _change(context.obj, request_ids, "comments", {"note": note}, "is commented", key, as_json=as_json)


@app.command()
def assign(
    context: typer.Context,
    request_ids: Ids,
    to: Annotated[str | None, typer.Option(metavar="NAME", help="Who looks at them.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Give them back.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Say who looks at requests."""
    if (to is None) != nobody:
        refuse("name one of --to NAME and --nobody")
    outcome = f"is assigned to {to}" if to else "is nobody's"
    _change(context.obj, request_ids, "assignee", {"assignee": to}, outcome, key, as_json=as_json)


def _change(
    settings: Settings,
    request_ids: list[str],
    what: str,
    body: dict[str, object],
    outcome: str,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    """One after the other, each by a key of its own that follows from one for all: the same again does nothing twice.

    A request that is refused or has to wait holds up no other; what all of them would meet ends the rest.
    """
    ids = each_once(request_ids)
    own = key or str(uuid4())
    items: list[dict[str, Any]] = []
    troubles: list[Trouble] = []
    for request_id in ids:
        each = own if len(ids) == 1 else f"{own}/{request_id}"
        try:
            made = write(settings, "POST", path("v1", "requests", request_id, what), body, key=each, as_json=False)
        except Trouble as trouble:
            why = str(trouble).replace(each, own)
            troubles.append(type(trouble)(why if len(ids) == 1 else f"{request_id}: {why}"))
            if isinstance(trouble, Stuck):
                break
            shown = trouble.shown if isinstance(trouble, Unconfirmed) else {"status": "refused", "detail": why}
            items.append({**shown, "id": request_id})
        else:
            items.append({**made, "id": request_id})
            if not as_json:
                print_line((request_id, "bold"), (outcome, ""))
    if as_json and items:
        print_json({"items": items})
    _raise_the_gravest(troubles)


def _raise_the_gravest(troubles: list[Trouble]) -> None:
    ranked = sorted(troubles, key=lambda each: (not isinstance(each, Stuck), not isinstance(each, AnswerIsNo)))
    for each in ranked[1:]:
        say(str(each))
    if ranked:
        raise ranked[0]
