"""`banstream check`, `banstream history` and `banstream linked`."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from banstream_cli.arguments.options import All, Json, Limit, PlayerText, player_of
from banstream_cli.arguments.times import show_duration, show_moment
from banstream_cli.gateway.api import open_api, path
from banstream_cli.gateway.asking import ask, get
from banstream_cli.gateway.paging import fetch, say_more
from banstream_cli.gateway.past import Then, of_player, then_of
from banstream_cli.settings import Settings
from banstream_cli.shown.linked_wording import show_linked
from banstream_cli.shown.past_wording import show_then
from banstream_cli.shown.showing import say_stale, show_history
from banstream_cli.terminal.output import print_json, print_line, print_table, styled

check_app = typer.Typer(add_completion=False)
history_app = typer.Typer(add_completion=False)
linked_app = typer.Typer(add_completion=False)

_COLUMNS = ("Restriction", "Until", "Reason", "Infraction")


@check_app.command()
def check(
    context: typer.Context,
    player: PlayerText,
    ip: Annotated[str | None, typer.Option(help="The address they come from.")] = None,
    server: Annotated[str | None, typer.Option(metavar="ID", help="As this server sees it.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was: 2h (ago), or a time.")] = None,
    at_position: Annotated[
        int | None, typer.Option("--at-position", min=1, metavar="N", help="As it was at this position of the log.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what restricts a player now, or restricted them at a time. Exits 0 whether something does or not."""
    whole = player_of(player)
    target = path("v1", "players", whole.service, whole.id, "restrictions")
    if then := then_of(at, at_position):
        past = asyncio.run(_then(context.obj, target, then, ip=ip, server=server))
        (print_json if as_json else show_then)(past)
        return
    answer = ask(context.obj, target, ip=ip, server=server)
    found = answer.content
    say_stale(answer)
    if as_json:
        print_json(found)
    elif restrictions := found.get("restrictions"):
        print_table(_COLUMNS, [_row(kind, each) for kind, each in restrictions.items()], "")
    else:
        print_line((str(whole), "bold"), ("nothing restricts this player", "green"))


@history_app.command()
def history(
    context: typer.Context, player: PlayerText, limit: Limit = 50, everything: All = False, as_json: Json = False
) -> None:
    """Show what happened to a player, newest first."""
    whole = player_of(player)
    target = path("v1", "players", whole.service, whole.id, "history")
    found = fetch(context.obj, target, None if everything else limit)
    if as_json:
        print_json(found)
    else:
        show_history(found["items"], f"nothing is known of {whole}")
        say_more(found)


@linked_app.command()
def linked(context: typer.Context, player: PlayerText, as_json: Json = False) -> None:
    """Show who else is known at the addresses of a player, and how much that says.

    A link is strong, weak, or none where staff have said that they are two people. It is no proof.
    """
    whole = player_of(player)
    found = get(context.obj, path("v1", "players", whole.service, whole.id, "linked"))
    if as_json:
        print_json(found)
    else:
        show_linked(str(whole), found)


async def _then(settings: Settings, target: str, then: Then, **query: str | None) -> dict[str, Any]:
    async with open_api(settings) as api:
        return await of_player(api, target, then, **query)


def _row(kind: str, restriction: Mapping[str, Any]) -> tuple[Text, str, str, str]:
    left, until = restriction.get("time_left_seconds"), restriction.get("expires_at")
    end = (
        f"{show_duration(left)} online" if isinstance(left, int) else show_moment(str(until)) if until else "permanent"
    )
    infraction_id = str(restriction.get("infraction_id", "-"))
    return styled(kind, "red"), end, str(restriction.get("reason", "")), infraction_id
