"""`banstream log-sources add|list|show|change|test|pause|resume|remove|findings`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import All, Json, Key, Limit, read, refuse
from banstream_cli.arguments.times import parse_duration
from banstream_cli.gateway.api import path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import switch, write
from banstream_cli.shown.log_source_tables import FINDINGS, SOURCES, facts, finding_row, source_row, where
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import print_facts, print_json, print_line
from banstream_contracts.log_sources import LogSourceKind

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Logs of DayZ servers that are followed.")

_STDIN = "-"
_PRIVATE_KEY = "-----BEGIN "


class Status(StrEnum):
    """Of a finding."""

    PENDING = "pending"
    SENT = "sent"
    RECORDED = "recorded"
    REFUSED = "refused"
    NOBODY = "nobody"


Id = Annotated[str, typer.Argument(metavar="ID", help="Of a source, 24 hex digits.")]
Server = Annotated[str | None, typer.Option("--server", metavar="ID", help="The game server, as `servers` lists it.")]
Kind = Annotated[LogSourceKind | None, typer.Option(help="How the logs are fetched.")]
Host = Annotated[str | None, typer.Option(help="Name or address, without scheme and port.")]
Port = Annotated[int | None, typer.Option(min=1, max=65_535, help="Without: the usual one.")]
User = Annotated[str | None, typer.Option(help="Of the account there.")]
Folder = Annotated[str | None, typer.Option(help="/dayzxb/config, /dayzps/config, …")]
Secret = Annotated[
    str | None,
    typer.Option(metavar="-|FILE", help="Password from stdin (-) or from a file; of sftp also a private key."),
]
Fingerprint = Annotated[str | None, typer.Option(metavar="SHA256:…", help="Of an SFTP server's key.")]
Certificate = Annotated[
    bool | None, typer.Option("--check-certificate/--no-check-certificate", help="Of FTPS; off trusts anybody.")
]
Zone = Annotated[str | None, typer.Option("--zone", help="Of the server's clock: Europe/Berlin.")]
Every = Annotated[str | None, typer.Option("--every", metavar="TIME", help="Between two polls: 60s, 5m.")]
LookBack = Annotated[str | None, typer.Option("--look-back", metavar="TIME", help="Older lines never act: 30m.")]
Rules = Annotated[Path | None, typer.Option("--rules", metavar="FILE", help="Rules as TOML or JSON.")]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is shown as.")],
    server: Server = None,
    kind: Kind = None,
    host: Host = None,
    port: Port = None,
    user: User = None,
    folder: Folder = None,
    secret: Secret = None,
    fingerprint: Fingerprint = None,
    certificate: Certificate = None,
    zone: Zone = None,
    every: Every = None,
    look_back: LookBack = None,
    rules: Rules = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Follow the admin logs of a game server. The secret is sealed and not shown again."""
    for option, value in (("--server", server), ("--kind", kind), ("--folder", folder), ("--zone", zone)):
        if value is None:
            refuse(f"name {option}")
    login = _login(kind, host, port, user, folder, fingerprint, certificate)
    fields = _fields(name, server, zone, every, look_back, secret, rules)
    made = write(context.obj, "POST", path("v1", "log-sources"), {**fields, "login": login}, key=key, as_json=as_json)
    if not as_json:
        print_facts((("Id", str(made.get("id"))), ("Name", made.get("name")), ("Where", where(made))))


@app.command("list")
def list_sources(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Every source, and how reading goes."""
    found = fetch(context.obj, path("v1", "log-sources"), None if everything else limit)
    show_page(found, SOURCES, source_row, "no logs are followed; `banstream log-sources add`", as_json=as_json)


@app.command()
def show(context: typer.Context, source_id: Id, as_json: Json = False) -> None:
    """One source: which log, how far, what is odd."""
    found = get(context.obj, path("v1", "log-sources", source_id))
    if as_json:
        print_json(found)
    else:
        print_facts(facts(found))


@app.command()
def change(
    context: typer.Context,
    source_id: Id,
    name: Annotated[str | None, typer.Option(help="What it is shown as.")] = None,
    server: Server = None,
    kind: Kind = None,
    host: Host = None,
    port: Port = None,
    user: User = None,
    folder: Folder = None,
    secret: Secret = None,
    fingerprint: Fingerprint = None,
    certificate: Certificate = None,
    zone: Zone = None,
    every: Every = None,
    look_back: LookBack = None,
    rules: Rules = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change what is named; another place is read anew, other rules are used from the next poll on."""
    target = path("v1", "log-sources", source_id)
    body = _fields(name, server, zone, every, look_back, secret, rules)
    login = _login(kind, host, port, user, folder, fingerprint, certificate)
    if login:
        known = get(context.obj, target)
        body["login"] = {**known["login"], **login}
    if not body:
        refuse("name what to change")
    changed = write(context.obj, "PATCH", target, body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(changed.get("name")), "bold"), ("is changed", "green"))


@app.command("test")
def try_out(context: typer.Context, source_id: Id, as_json: Json = False) -> None:
    """Log in and look into the folder now; reads nothing. Exit code 1 where that fails."""
    tested = write(context.obj, "POST", path("v1", "log-sources", source_id, "test"), as_json=as_json)
    if tested.get("error"):
        raise AnswerIsNo(str(tested["error"]))
    if not as_json:
        print_line((f"{tested.get('logs')} logs,", "green"), (f"the newest is {tested.get('newest')}", ""))


@app.command()
def pause(context: typer.Context, source_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Read no further until the source is resumed."""
    switch(context.obj, path("v1", "log-sources", source_id, "pause"), key, as_json=as_json)


@app.command()
def resume(context: typer.Context, source_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Go on where reading stopped; what is too old meanwhile does not act."""
    switch(context.obj, path("v1", "log-sources", source_id, "resume"), key, as_json=as_json)


@app.command()
def remove(context: typer.Context, source_id: Id, key: Key = None, as_json: Json = False) -> None:
    """End a source; what was found stays."""
    write(context.obj, "DELETE", path("v1", "log-sources", source_id), key=key, as_json=as_json)
    if not as_json:
        print_line((source_id, "bold"), ("is removed", ""))


@app.command()
def findings(
    context: typer.Context,
    source_id: Id,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """What the rules found in the logs of a source, newest first; evidence with --json."""
    where, wanted = path("v1", "log-sources", source_id), None if everything else limit
    found = fetch(context.obj, f"{where}/findings", wanted, status=status and status.value)
    show_page(found, FINDINGS, finding_row, "no findings", as_json=as_json)


def _login(
    kind: LogSourceKind | None,
    host: str | None,
    port: int | None,
    user: str | None,
    folder: str | None,
    fingerprint: str | None,
    certificate: bool | None,
) -> dict[str, object]:
    given: dict[str, object | None] = {
        "kind": kind.value if kind else None,
        "host": host,
        "port": port,
        "user": user,
        "folder": folder,
        "fingerprint": fingerprint,
        "checks_certificate": certificate,
    }
    return {field: value for field, value in given.items() if value is not None}


def _fields(
    name: str | None,
    server: str | None,
    zone: str | None,
    every: str | None,
    look_back: str | None,
    secret: str | None,
    rules: Path | None,
) -> dict[str, object]:
    given: dict[str, object | None] = {
        "name": name,
        "server_id": server,
        "time_zone": zone,
        "poll_seconds": read(parse_duration, every) if every is not None else None,
        "look_back_seconds": read(parse_duration, look_back) if look_back is not None else None,
        "secret": _secret(secret) if secret else None,
        "rules": _rules(rules) if rules else None,
    }
    return {field: value for field, value in given.items() if value is not None}


def _secret(given: str) -> str:
    """Never from the command line: it would be in the shell's history and in the list of processes."""
    try:
        text = _from_stdin() if given == _STDIN else Path(given).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{given} cannot be read: {error}")
    return text if text.startswith(_PRIVATE_KEY) else text.strip("\r\n")


def _from_stdin() -> str:
    """A password is one line, so that it can be typed; a private key is all there is."""
    line = sys.stdin.readline()
    return line + sys.stdin.read() if line.startswith(_PRIVATE_KEY) else line


def _rules(file: Path) -> dict[str, Any]:
    """Checked here already, with the line that is wrong."""
    from banstream_cli.arguments.rules_files import rules_in  # noqa: PLC0415 - the other commands need no rules

    return rules_in(file)
