"""`banstream erase`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import Json, Key, PlayerText, Yes, player_of, refuse
from banstream_cli.gateway.api import path
from banstream_cli.gateway.paging import fetch
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.showing import show_infractions
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import print_gap, print_line
from banstream_contracts.players import Player

app = typer.Typer(add_completion=False)

_MOST_SHOWN = 20
_GOES = "the name, addresses, evidence, notes and comments, for good; ids, times, punishments and reasons stay"


@app.command()
def erase(
    context: typer.Context,
    player: PlayerText,
    reason: Annotated[str, typer.Option("--reason", help="Why; for staff.")],
    lift: Annotated[bool, typer.Option("--lift", help="Lift what restricts the player in the same moment.")] = False,
    yes: Yes = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make a player's personal data unreadable, for good. What happened stays, without it."""
    whole = player_of(player)
    if not yes:
        if as_json:
            refuse("--json does not ask: say --yes as well")
        _ask(context.obj, whole, lift=lift)
    target = path("v1", "players", whole.service, whole.id, "erase")
    made = write(context.obj, "POST", target, {"reason": reason, "lift": lift}, key=key, as_json=as_json)
    if not as_json:
        _show(whole, made)


def _ask(settings: Settings, player: Player, *, lift: bool) -> None:
    found = fetch(settings, "/v1/infractions", _MOST_SHOWN, player=str(player))
    show_infractions(found["items"], f"no infractions of {player}")
    print_gap()
    lifted = "; what restricts them is lifted" if lift else ""
    typer.echo(f"This erases {player}: {_GOES}{lifted}.", err=True)
    if not typer.confirm("Erase?", err=True):
        raise AnswerIsNo("nothing was erased")


def _show(player: Player, made: Mapping[str, Any]) -> None:
    said = ("nothing was left to erase", "") if made.get("already_erased") else ("is erased", "green")
    print_line((str(player), "bold"), said)
    if lifted := made.get("infractions"):
        show_infractions(lifted, "")
