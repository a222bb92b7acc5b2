"""`banstream servers …` and `banstream tokens …`."""

import asyncio
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from banstream_cli.arguments.options import All, Json, Key, Limit, player_of, read, refuse
from banstream_cli.arguments.times import parse_duration
from banstream_cli.gateway.api import path
from banstream_cli.gateway.paging import fetch, say_more
from banstream_cli.gateway.writing import write
from banstream_cli.settings import Settings
from banstream_cli.shown.showing import show_credentials
from banstream_cli.terminal.exits import AnswerIsNo, Unconfirmed
from banstream_cli.terminal.output import print_facts, print_json, print_line, print_plain, say

servers_app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Game servers, their keys, messages to them."
)
tokens_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Tokens of the API.")


class Scope(StrEnum):
    """What a token may do."""

    CHECK = "check"
    REPORT = "report"
    PUNISH = "punish"
    ADMIN = "admin"


Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is shown as.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="24 hex digits.")]
Review = Annotated[bool, typer.Option("--review", help="The bans that it asks for wait for staff.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the secret alone, for scripts.")]


@servers_app.command("list")
def list_servers(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Game servers, newest first."""
    _list(context.obj, "servers", None if everything else limit, as_json=as_json)


@servers_app.command("create")
def create_server(
    context: typer.Context,
    name: Name,
    game: Annotated[str | None, typer.Option(help="Which game it runs.")] = None,
    review: Review = False,
    key: Key = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Register a game server; its key is shown this once."""
    body: dict[str, Any] = {"name": name, "game": game} if game else {"name": name}
    if review:
        body["review"] = True
    _make(context.obj, "servers", body, key, quiet=quiet, as_json=as_json)


@servers_app.command("rotate")
def rotate_server(
    context: typer.Context, server_id: Id, key: Key = None, quiet: Quiet = False, as_json: Json = False
) -> None:
    """Give a server a new key, shown this once; the old one ends at once."""
    _rotate(context.obj, "servers", server_id, key, quiet=quiet, as_json=as_json)


@servers_app.command("revoke")
def revoke_server(context: typer.Context, server_id: Id, key: Key = None, as_json: Json = False) -> None:
    """End a server's key for good."""
    _revoke(context.obj, path("v1", "servers", server_id), key, as_json=as_json)


@servers_app.command("message")
def message_servers(
    context: typer.Context,
    server: Annotated[str, typer.Argument(metavar="ID|all", help="Which server; all of them with `all`.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is shown in the game.")],
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="To this player only.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Show a text in the game, on one server or on all."""
    target = path("v1", "messages") if server == "all" else path("v1", "servers", server, "messages")
    body: dict[str, Any] = {"text": text}
    if player:
        whole = player_of(player)
        body["player"] = {"service": whole.service, "id": whole.id}
    made = write(context.obj, "POST", target, body, key=key, as_json=as_json)
    if not as_json:
        print_line(
            (f"message {made.get('message_id')} is on its way to {'all servers' if server == 'all' else server}", "")
        )


@tokens_app.command("list")
def list_tokens(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Tokens, newest first."""
    _list(context.obj, "tokens", None if everything else limit, as_json=as_json)


@tokens_app.command("create")
def create_token(
    context: typer.Context,
    name: Name,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may come several times.")],
    expires_in: Annotated[str | None, typer.Option(metavar="TIME", help="30d, 12h, … Without: never.")] = None,
    review: Review = False,
    bootstrap: Annotated[
        bool, typer.Option("--bootstrap", help="Make it over NATS as the operator: needs no token.")
    ] = False,
    key: Key = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Make a token; it is shown this once."""
    scopes = list(dict.fromkeys(each.value for each in scope))
    seconds = read(parse_duration, expires_in) if expires_in is not None else None
    if bootstrap:
        if key is not None:
            refuse("--bootstrap has no --key")
        if review:
            refuse("--bootstrap has no --review")
        _show(_bootstrapped(context.obj, name, scopes, seconds), "tokens", quiet=quiet, as_json=as_json)
        return
    body: dict[str, object] = {"name": name, "scopes": scopes}
    if seconds:
        body["expires_in_seconds"] = seconds
    if review:
        body["review"] = True
    _make(context.obj, "tokens", body, key, quiet=quiet, as_json=as_json)


@tokens_app.command("rotate")
def rotate_token(
    context: typer.Context, token_id: Id, key: Key = None, quiet: Quiet = False, as_json: Json = False
) -> None:
    """Give a token a new secret, shown this once; the old one ends at once."""
    _rotate(context.obj, "tokens", token_id, key, quiet=quiet, as_json=as_json)


@tokens_app.command("revoke")
def revoke_token(context: typer.Context, token_id: Id, key: Key = None, as_json: Json = False) -> None:
    """End a token for good."""
    _revoke(context.obj, path("v1", "tokens", token_id), key, as_json=as_json)


def _list(settings: Settings, kind: str, wanted: int | None, *, as_json: bool) -> None:
    found = fetch(settings, path("v1", kind), wanted)
    if as_json:
        print_json(found)
    else:
        show_credentials(found["items"], f"there are no {kind} yet; `banstream {kind} create` makes one")
        say_more(found)


def _make(settings: Settings, kind: str, body: dict[str, Any], key: str | None, *, quiet: bool, as_json: bool) -> None:
    again = f"shows its id and no secret; `banstream {kind} rotate ID` then does"
    made = _written(settings, path("v1", kind), body, key, again, quiet=quiet, as_json=as_json)
    _show(made, kind, quiet=quiet, as_json=False, is_printed=as_json)


def _rotate(settings: Settings, kind: str, credential_id: str, key: str | None, *, quiet: bool, as_json: bool) -> None:
    again = f"shows no secret; `banstream {kind} rotate {credential_id}` without it then does"
    target = path("v1", kind, credential_id, "rotate")
    made = _written(settings, target, None, key, again, quiet=quiet, as_json=as_json)
    _show(made, kind, quiet=quiet, as_json=False, is_printed=as_json)


def _written(
    settings: Settings,
    target: str,
    body: dict[str, Any] | None,
    key: str | None,
    again: str,
    *,
    quiet: bool,
    as_json: bool,
) -> dict[str, Any]:
    """What was made. What is only accepted may show its secret already, which then is shown: no repeat will.

    Raises Unconfirmed of that.
    """
    try:
        return write(settings, "POST", target, body, key=key, as_json=as_json)
    except Unconfirmed as late:
        if "key" not in late.shown:
            raise Unconfirmed(f"{late}, which {again}") from None
        if not as_json:
            _print(late.shown, quiet=quiet)
        raise Unconfirmed(f"{late}; the secret opens once it is carried out") from None


def _show(made: dict[str, Any], kind: str, *, quiet: bool, as_json: bool, is_printed: bool = False) -> None:
    """What was made; that it has no secret is an answer of its own."""
    if as_json:
        print_json(made)
    elif not is_printed:
        _print(made, quiet=quiet)
    if not made.get("key"):
        credential_id = made.get("id")
        raise AnswerIsNo(
            f"a repeat, which shows no secret of {credential_id}; if the first answer showed none either,"
            f" `banstream {kind} rotate {credential_id}` makes a new one"
        )


def _print(made: dict[str, Any], *, quiet: bool) -> None:
    """The secret, which nobody can see again."""
    secret = made.get("key")
    if quiet:
        if secret:
            print_plain(str(secret))
        return
    shown = Text(str(secret), style="bold yellow") if secret else None
    print_facts((("Id", str(made.get("id"))), ("Name", made.get("name")), ("Secret", shown)))
    if secret:
        say("the secret is shown this once; keep it now")


def _revoke(settings: Settings, target: str, key: str | None, *, as_json: bool) -> None:
    ended = write(settings, "DELETE", target, key=key, as_json=as_json)
    if not as_json:
        show_credentials([ended], "")


def _bootstrapped(settings: Settings, name: str, scopes: list[Any], seconds: int | None) -> dict[str, Any]:
    expires_at = read(_moment_in, seconds) if seconds else None
    credential_id, secret = asyncio.run(_create(settings, name, scopes, expires_at))
    known = {"id": credential_id, "kind": "token", "name": name, "scopes": scopes, "key": secret}
    return {**known, "expires_at": expires_at.isoformat()} if expires_at else known


def _moment_in(seconds: int) -> datetime:
    try:
        return datetime.now(UTC) + timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError("that is after all time; without --expires-in a token never ends") from None


async def _create(settings: Settings, name: str, scopes: list[Any], expires_at: datetime | None) -> tuple[str, str]:
    """NATS and the contracts are loaded by this one command of the module."""
    from banstream_cli.direct.bootstrap import create_credential  # noqa: PLC0415 - see above
    from banstream_cli.direct.bus import operator  # noqa: PLC0415 - see above

    async with operator(settings.nats()) as client:
        return await create_credential(client, kind="token", name=name, scopes=scopes, expires_at=expires_at)
