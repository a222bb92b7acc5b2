"""`banstream exempt`."""

from typing import Annotated

import typer

from banstream_cli.arguments.options import InfractionId, Json, Key, player_of
from banstream_cli.gateway.api import path
from banstream_cli.gateway.writing import write
from banstream_cli.shown.showing import show_infraction

app = typer.Typer(add_completion=False)


@app.command()
def exempt(
    context: typer.Context,
    infraction_id: InfractionId,
    player: Annotated[str, typer.Argument(metavar="SERVICE:ID", help="Whom to let in.")],
    end: Annotated[bool, typer.Option("--end", help="Let them in no more.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Let a player in who comes from a banned address, as who shares it with the one who is banned does.

    The infraction goes on to hold for its own player and for everybody else from there.
    """
    whole = player_of(player)
    target = path("v1", "infractions", infraction_id, "exempt", whole.service, whole.id)
    made = write(context.obj, "DELETE" if end else "PUT", target, None, key=key, as_json=as_json)
    if not as_json:
        show_infraction(made)
