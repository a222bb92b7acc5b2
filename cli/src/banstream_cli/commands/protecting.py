"""`banstream protect add|remove|list`."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banstream_cli.api import open_api, path
from banstream_cli.commands.options import All, Json, Key, Limit, PlayerText, player_of
from banstream_cli.output import Cell, print_json, print_line, print_table
from banstream_cli.paging import fetch, say_more
from banstream_cli.settings import Settings
from banstream_cli.times import show_moment
from banstream_cli.wording import actor, whom
from banstream_cli.writing import write

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
    found = asyncio.run(_page(context.obj, None if everything else limit))
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, (_row(item) for item in found["items"]), "nobody is protected")
        say_more(found)


async def _page(settings: Settings, wanted: int | None) -> dict[str, Any]:
    async with open_api(settings) as api:
        return await fetch(api, "/v1/protected", wanted)


def _row(item: Mapping[str, Any]) -> list[Cell]:
    since = show_moment(str(item.get("protected_at", "-")))
    return [whom(item), since, actor(item.get("protected_by") or {}), str(item.get("reason", ""))]
