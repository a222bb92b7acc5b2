"""`banstream kick` and `banstream requests`."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banstream_cli.abuse_wording import lasting
from banstream_cli.api import open_api, path
from banstream_cli.commands.options import All, Json, Key, Limit, PlayerText, ReasonText, player_of
from banstream_cli.output import Cell, print_json, print_line, print_table
from banstream_cli.paging import fetch, say_more
from banstream_cli.settings import Settings
from banstream_cli.times import show_moment
from banstream_cli.wording import whom
from banstream_cli.writing import write

kick_app = typer.Typer(add_completion=False)
requests_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Players that staff are asked to review.")

_COLUMNS = ("Request", "Player", "Opened", "Suggested", "Reason", "Server")


@kick_app.command()
def kick(
    context: typer.Context,
    player: PlayerText,
    reason: ReasonText,
    server: Annotated[str | None, typer.Option(metavar="ID", help="Off this one; without: off every server.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Put a player off a server, or off all. The game servers do it; nothing keeps the player from coming back."""
    whole = player_of(player)
    body = {"reason": reason, "server_id": server} if server else {"reason": reason}
    target = path("v1", "players", whole.service, whole.id, "kick")
    write(context.obj, "POST", target, body, key=key, as_json=as_json)
    if not as_json:
        where = f"server {server}" if server else "every server"
        print_line((str(whole), "bold"), (f"is to be put off {where}", ""))


@requests_app.callback()
def requests() -> None:
    """Players that staff are asked to review."""


@requests_app.command("list")
def list_requests(
    context: typer.Context,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="Of this player.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Requests for review, newest first; each says what its policy would have done."""
    named = str(player_of(player)) if player else None
    found = asyncio.run(_page(context.obj, None if everything else limit, named))
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, (_row(item) for item in found["items"]), "nothing waits for a review")
        say_more(found)


async def _page(settings: Settings, wanted: int | None, player: str | None) -> dict[str, Any]:
    async with open_api(settings) as api:
        return await fetch(api, "/v1/requests", wanted, player=player)


def _row(item: Mapping[str, Any]) -> list[Cell]:
    suggested = item.get("suggested")
    ban = f"ban {lasting(suggested.get('duration_seconds'))}" if isinstance(suggested, Mapping) else "-"
    opened = show_moment(str(item.get("opened_at", "-")))
    server = str(item.get("server_id") or "-")
    return [str(item.get("id", "-")), whom(item), opened, ban, str(item.get("reason", "")), server]
