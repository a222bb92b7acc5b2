"""`banstream lift` and `banstream reinstate`."""

from typing import Annotated

import typer

from banstream_cli.arguments.options import InfractionId, Json, Key, ReasonText, player_of, refuse
from banstream_cli.gateway.api import path
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.showing import show_infraction, show_infractions
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_contracts.infractions import Punishment

lift_app = typer.Typer(add_completion=False)
reinstate_app = typer.Typer(add_completion=False)


@lift_app.command()
def lift(
    context: typer.Context,
    reason: ReasonText,
    player: Annotated[str | None, typer.Argument(metavar="SERVICE:ID", help="Whom to free.")] = None,
    infraction: Annotated[str | None, typer.Option(metavar="ID", help="One infraction instead of a player.")] = None,
    punishment: Annotated[list[Punishment] | None, typer.Option(help="Only these; may come several times.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Take punishments off a player (all, or those named), or end one infraction."""
    if (player is None) == (infraction is None):
        refuse("name a player or --infraction ID, and not both")
    if infraction is not None:
        if punishment:
            refuse("--punishment belongs to a player; `banstream amend` changes one infraction")
        _act(context.obj, "lift", infraction, reason, key, as_json=as_json)
    else:
        named = [each.value for each in punishment or ()]
        _free(context.obj, player or "", {"reason": reason, "punishments": named}, key, as_json=as_json)


@reinstate_app.command()
def reinstate(
    context: typer.Context, infraction_id: InfractionId, reason: ReasonText, key: Key = None, as_json: Json = False
) -> None:
    """Put a lifted infraction back in force, with the end it had."""
    _act(context.obj, "reinstate", infraction_id, reason, key, as_json=as_json)


def _act(settings: Settings, verb: str, infraction_id: str, reason: str, key: str | None, *, as_json: bool) -> None:
    target = path("v1", "infractions", infraction_id, verb)
    made = write(settings, "POST", target, {"reason": reason}, key=key, as_json=as_json)
    if not as_json:
        show_infraction(made)


def _free(settings: Settings, player: str, body: dict[str, object], key: str | None, *, as_json: bool) -> None:
    whole = player_of(player)
    target = path("v1", "players", whole.service, whole.id, "lift")
    made = write(settings, "POST", target, body, key=key, as_json=as_json)
    if not made.get("infractions"):
        raise AnswerIsNo(f"nothing to lift: no such restriction of {whole} is in force")
    if not as_json:
        show_infractions(made["infractions"], "")
