"""`banstream admins add|list|show|change|remove`."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from banstream_cli.arguments.admin_rights import EXPLAINED, rights_of
from banstream_cli.arguments.options import Json, Key, PlayerText, player_of, read
from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.wording import whom
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import Cell, print_facts, print_json, print_line, print_table
from banstream_contracts.admins import Right
from banstream_contracts.players import Player

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Who may act through a game server, and what they may do there.",
    epilog=f"Rights:\n\n{EXPLAINED}",
)

_COLUMNS = ("Player", "Name", "Rights")
_LIST = "/v1/admins"

Rights = Annotated[
    list[str] | None, typer.Option("--right", metavar="RIGHT", help="What the admin may do; several times. all: all.")
]


@app.command(epilog=f"Rights:\n\n{EXPLAINED}")
def add(
    context: typer.Context,
    player: PlayerText,
    name: Annotated[str, typer.Option("--name", help="What the admin is called; players read it.")],
    right: Rights = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Make a player an admin; one who is an admin already gets this name and these rights."""
    rights = read(rights_of, right or [])
    _put(context.obj, player_of(player), name, rights, key=key, as_json=as_json)


@app.command("list")
def list_admins(
    context: typer.Context,
    everybody: Annotated[bool, typer.Option("--removed", help="Those too who are admins no more.")] = False,
    as_json: Json = False,
) -> None:
    """Every admin, by name."""
    found = _list(context.obj, include_removed=everybody)
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, (_row(item) for item in found["items"]), "nobody is an admin")


@app.command()
def show(context: typer.Context, player: PlayerText, as_json: Json = False) -> None:
    """What one admin may do."""
    found = _find(context.obj, player_of(player))
    if as_json:
        print_json(found)
        return
    removed = found.get("removed_at")
    print_facts(
        [
            ("Player", whom(found)),
            ("Name", str(found.get("name"))),
            ("Id", str(found.get("id"))),
            ("Rights", _rights(found)),
            ("Removed", show_moment(str(removed)) if removed else None),
        ]
    )


@app.command(epilog=f"Rights:\n\n{EXPLAINED}")
def change(
    context: typer.Context,
    player: PlayerText,
    name: Annotated[str | None, typer.Option("--name", help="What the admin is called.")] = None,
    right: Rights = None,
    give: Annotated[list[str] | None, typer.Option("--give", metavar="RIGHT", help="One more; several times.")] = None,
    take: Annotated[list[str] | None, typer.Option("--take", metavar="RIGHT", help="One less; several times.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change the name of an admin, or the rights: other ones by --right, or more and less by --give and --take."""
    given, taken = read(rights_of, give or []), read(rights_of, take or [])
    base = read(rights_of, right) if right else None
    whole = player_of(player)
    known = _find(context.obj, whole)
    if known.get("removed_at"):
        raise AnswerIsNo(f"{whole} is an admin no more; `banstream admins add` makes one again")
    had = {Right(each) for each in known["rights"]} if base is None else set(base)
    rights = [each for each in Right if each in (had | set(given)) - set(taken)]
    _put(context.obj, whole, name or str(known["name"]), rights, key=key, as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    player: PlayerText,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; for staff.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """End all rights of an admin; what they issued stays."""
    whole = player_of(player)
    body = {"reason": reason} if reason else None
    write(context.obj, "DELETE", path("v1", "admins", whole.service, whole.id), body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(whole), "bold"), ("is an admin no more", ""))


def _put(settings: Settings, player: Player, name: str, rights: list[Right], *, key: str | None, as_json: bool) -> None:
    body = {"name": name, "rights": [right.value for right in rights]}
    done = write(settings, "PUT", path("v1", "admins", player.service, player.id), body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(player), "bold"), ("is the admin", "green"), (f"{name}: {_rights(done)}", ""))


def _find(settings: Settings, player: Player) -> dict[str, Any]:
    found = _list(settings, include_removed=True)
    wanted = player.model_dump()
    admin = next((item for item in found["items"] if item.get("player") == wanted), None)
    if admin is None:
        raise AnswerIsNo(f"{player} is no admin")
    return dict(admin)


def _list(settings: Settings, *, include_removed: bool) -> dict[str, Any]:
    return get(settings, _LIST, include_removed="true" if include_removed else None)


def _row(item: Mapping[str, Any]) -> list[Cell]:
    name = str(item.get("name", ""))
    return [whom(item), f"{name} (removed)" if item.get("removed_at") else name, _rights(item)]


def _rights(item: Mapping[str, Any]) -> str:
    rights = [str(right) for right in item.get("rights") or ()]
    return "all" if len(rights) == len(Right) else ", ".join(rights) or "none"
