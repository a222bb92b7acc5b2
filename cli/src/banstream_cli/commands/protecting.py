"""`banstream protect add|remove|list`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import All, Json, Key, Limit, PlayerText, player_of
from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.api import path
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import write
from banstream_cli.shown.wording import actor, whom
from banstream_cli.terminal.output import Cell, print_line

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Players whom no policy kicks or bans.")

_COLUMNS = ("Player", "Since", "By", "Reason")


@app.command()
def add(
    context: typer.Context,
    player: PlayerText,
    reason: Annotated[str, typer.Option("--reason", help="Why; for staff.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Never kick or ban a player automatically; thresholds are still reported."""
    whole = player_of(player)
    target = path("v1", "protected", whole.service, whole.id)
    write(context.obj, "PUT", target, {"reason": reason}, key=key, as_json=as_json)
    if not as_json:
        print_line((str(whole), "bold"), ("is protected", "green"))


@app.command()
def remove(
    context: typer.Context,
    player: PlayerText,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; for staff.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """End the protection of a player."""
    whole = player_of(player)
    target = path("v1", "protected", whole.service, whole.id)
    write(context.obj, "DELETE", target, {"reason": reason} if reason else None, key=key, as_json=as_json)
    if not as_json:
        print_line((str(whole), "bold"), ("is not protected", ""))


@app.command("list")
def list_protected(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Who is protected, since when and why."""
    found = fetch(context.obj, "/v1/protected", None if everything else limit)
    show_page(found, _COLUMNS, _row, "nobody is protected", as_json=as_json)


def _row(item: Mapping[str, Any]) -> list[Cell]:
    since = show_moment(str(item.get("protected_at", "-")))
    return [whom(item), since, actor(item.get("protected_by") or {}), str(item.get("reason", ""))]
