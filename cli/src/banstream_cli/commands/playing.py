"""`banstream kick`."""

from typing import Annotated

import typer

from banstream_cli.arguments.options import Json, Key, PlayerText, ReasonText, player_of
from banstream_cli.gateway.api import path
from banstream_cli.gateway.writing import write
from banstream_cli.terminal.output import print_line

kick_app = typer.Typer(add_completion=False)


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
