"""`banstream infractions list|show`."""

from typing import Annotated

import typer

from banstream_cli.arguments.options import All, InfractionId, Json, Limit, player_of
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, say_more
from banstream_cli.shown.showing import show_infraction, show_infractions
from banstream_cli.terminal.output import print_json

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Search infractions.")


@app.command("list")
def list_infractions(
    context: typer.Context,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="Of this player.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--ended", help="In force, or not any more.")] = None,
    category: Annotated[str | None, typer.Option(help="aimbot, lag_machine, …")] = None,
    server: Annotated[str | None, typer.Option(metavar="ID", help="Of this server.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """Infractions, newest first."""
    query = {
        "player": str(player_of(player)) if player else None,
        "active": None if active is None else str(active).lower(),
        "category": category,
        "server": server,
    }
    found = fetch(context.obj, "/v1/infractions", None if everything else limit, **query)
    if as_json:
        print_json(found)
    else:
        show_infractions(found["items"], "no infraction matches")
        say_more(found)


@app.command()
def show(context: typer.Context, infraction_id: InfractionId, as_json: Json = False) -> None:
    """One infraction."""
    found = get(context.obj, path("v1", "infractions", infraction_id))
    if as_json:
        print_json(found)
    else:
        show_infraction(found)
