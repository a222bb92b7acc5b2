"""`banstream targets add|list|change|test|pause|resume|remove|deliveries|redeliver`."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from banstream_cli.arguments.options import All, Json, Key, Limit, refuse
from banstream_cli.arguments.times import show_moment
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import switch, write
from banstream_cli.terminal.exits import Unconfirmed
from banstream_cli.terminal.output import Cell, print_facts, print_line, say, styled

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Where events are told: Discord, webhooks.")

_TARGETS = ("Id", "Name", "Kind", "Address", "Status", "Told", "Trouble")
_DELIVERIES = ("Event", "Type", "Status", "Tries", "Last", "Error")
_STYLES = {"active": "green", "paused": "yellow", "broken": "red", "done": "green", "begun": "yellow", "dead": "red"}
_STDIN = "-"


class Language(StrEnum):
    """Of the messages."""

    PORTUGUESE = "pt-BR"
    ENGLISH = "en"
    SPANISH = "es"
    CHINESE = "zh-CN"


class Status(StrEnum):
    """Of a delivery."""

    BEGUN = "begun"
    DONE = "done"
    DEAD = "dead"


Id = Annotated[str, typer.Argument(metavar="ID", help="Of a target, 24 hex digits.")]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is shown as.")],
    discord: Annotated[
        str | None, typer.Option(metavar="URL", help="A Discord webhook; - reads it from stdin.")
    ] = None,
    webhook: Annotated[str | None, typer.Option(metavar="URL", help="An HTTP webhook; - reads it from stdin.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="infraction.issued, infraction.*, *; several times.")] = None,
    severity: Annotated[list[str] | None, typer.Option(help="Only of these; several times.")] = None,
    server: Annotated[list[str] | None, typer.Option(help="Only of these servers; several times.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only of these scopes; several times.")] = None,
    language: Annotated[Language, typer.Option(help="Of Discord messages.")] = Language.ENGLISH,
    footer: Annotated[str | None, typer.Option(help="What stands below Discord messages.")] = None,
    thread: Annotated[str | None, typer.Option(metavar="ID", help="A thread of the Discord channel.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Tell events from now on. The URL is sealed and not shown again; a webhook's secret is shown this once."""
    if (discord is None) == (webhook is None):
        refuse("name one of --discord and --webhook")
    filters = {"events": event, "severities": severity, "servers": server, "scopes": scope}
    body: dict[str, object] = {
        "name": name,
        "kind": "discord" if discord else "webhook",
        "url": _secret(discord or webhook or ""),
        "language": language.value,
        "filters": {field: chosen for field, chosen in filters.items() if chosen},
        "display": {field: text for field, text in (("footer", footer), ("thread_id", thread)) if text},
    }
    try:
        made = write(context.obj, "POST", path("v1", "targets"), body, key=key, as_json=as_json)
    except Unconfirmed as late:
        if discord:
            raise
        if "secret" not in late.shown:
            again = "`banstream targets remove ID`, then add it again"
            raise Unconfirmed(f"{late}, which shows its id and no secret; {again}") from None
        if not as_json:
            _show_new(late.shown)
        raise
    if not as_json:
        _show_new(made)


@app.command("list")
def list_targets(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Every target, and how telling goes."""
    found = fetch(context.obj, path("v1", "targets"), None if everything else limit)
    show_page(found, _TARGETS, _target_row, "no targets yet; `banstream targets add`", as_json=as_json)


@app.command()
def change(
    context: typer.Context,
    target_id: Id,
    name: Annotated[str | None, typer.Option(help="What it is shown as.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="- reads it from stdin.")] = None,
    secret: Annotated[
        str | None, typer.Option(metavar="SECRET", help="Of a webhook, whsec_ and base64; - reads it from stdin.")
    ] = None,
    event: Annotated[list[str] | None, typer.Option(help="infraction.issued, infraction.*, *; several times.")] = None,
    severity: Annotated[list[str] | None, typer.Option(help="Only of these; several times; '' for all.")] = None,
    server: Annotated[list[str] | None, typer.Option(help="Only of these servers; several times; '' for all.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Only of these scopes; several times; '' for all.")] = None,
    language: Annotated[Language | None, typer.Option(help="Of Discord messages.")] = None,
    footer: Annotated[str | None, typer.Option(help="What stands below Discord messages; '' for nothing.")] = None,
    thread: Annotated[
        str | None, typer.Option(metavar="ID", help="A thread of the Discord channel; '' for none.")
    ] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change what is named; filters hold for what happens from now on."""
    where = path("v1", "targets", target_id)
    filters = {"events": event, "severities": severity, "servers": server, "scopes": scope}
    chosen = {field: list(filter(None, values)) for field, values in filters.items() if values}
    shown = {field: text or None for field, text in (("footer", footer), ("thread_id", thread)) if text is not None}
    before = get(context.obj, where) if chosen or shown else {}
    body: dict[str, object] = {
        "name": name,
        "url": _secret(url) if url else None,
        "secret": _secret(secret) if secret else None,
        "language": language.value if language else None,
        "filters": {**before.get("filters", {}), **chosen} if chosen else None,
        "display": {**before.get("display", {}), **shown} if shown else None,
    }
    body = {field: value for field, value in body.items() if value is not None}
    if not body:
        refuse("name something to change")
    changed = write(context.obj, "PATCH", where, body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(changed.get("name")), "bold"), ("is changed", ""))


@app.command("test")
def try_out(context: typer.Context, target_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Send a test message, in turn with the events."""
    found = write(context.obj, "POST", path("v1", "targets", target_id, "test"), key=key, as_json=as_json)
    if not as_json:
        print_line((str(found.get("name")), "bold"), ("will be sent a test message", ""))


@app.command()
def pause(context: typer.Context, target_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Keep what is to be told until the target is resumed."""
    switch(context.obj, path("v1", "targets", target_id, "pause"), key, as_json=as_json)


@app.command()
def resume(context: typer.Context, target_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Go on where a paused or broken target stopped."""
    switch(context.obj, path("v1", "targets", target_id, "resume"), key, as_json=as_json)


@app.command()
def remove(context: typer.Context, target_id: Id, key: Key = None, as_json: Json = False) -> None:
    """End a target for good; what waits is not told."""
    write(context.obj, "DELETE", path("v1", "targets", target_id), key=key, as_json=as_json)
    if not as_json:
        print_line((target_id, "bold"), ("is removed", ""))


@app.command()
def deliveries(
    context: typer.Context,
    target_id: Id,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """What was told to a target, newest first."""
    where, wanted = path("v1", "targets", target_id), None if everything else limit
    found = fetch(context.obj, f"{where}/deliveries", wanted, status=status and status.value)
    show_page(found, _DELIVERIES, _delivery_row, "no deliveries", as_json=as_json)


@app.command()
def redeliver(
    context: typer.Context,
    target_id: Id,
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="As `targets deliveries` shows it.")],
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Tell an event again."""
    where = path("v1", "targets", target_id, "deliveries", event_id, "redeliver")
    write(context.obj, "POST", where, key=key, as_json=as_json)
    if not as_json:
        print_line((event_id, "bold"), ("will be told again", ""))


def _show_new(made: dict[str, Any]) -> None:
    """A new target, with the secret that was made for it, which nobody can see again."""
    secret = made.get("secret")
    shown = Text(str(secret), style="bold yellow") if secret else None
    print_facts((("Id", str(made.get("id"))), ("Name", made.get("name")), ("Secret", shown)))
    if secret:
        say("the secret is shown this once; keep it now")
    elif hint := made.get("hint"):
        say(str(hint))


def _secret(given: str) -> str:
    """From stdin, a URL or a key is in neither the shell's history nor the list of processes."""
    return sys.stdin.readline().strip() if given == _STDIN else given


def _target_row(item: Mapping[str, Any]) -> list[Cell]:
    progress = item.get("progress") or {}
    trouble = item.get("broken_reason") or progress.get("last_error") or ""
    return [
        *(str(item.get(field, "-")) for field in ("id", "name", "kind", "address")),
        _styled(str(item.get("status", "-"))),
        str(progress.get("delivered", 0)),
        str(trouble),
    ]


def _delivery_row(item: Mapping[str, Any]) -> list[Cell]:
    last = (item.get("attempts") or [{}])[-1]
    return [
        str(item.get("event_id", "-")),
        str(item.get("event_type", "-")),
        _styled(str(item.get("status", "-"))),
        str(item.get("tries", "-")),
        show_moment(str(item.get("last_at", "-"))),
        str(last.get("error") or ""),
    ]


def _styled(status: str) -> Text:
    return styled(status, _STYLES.get(status, ""))
