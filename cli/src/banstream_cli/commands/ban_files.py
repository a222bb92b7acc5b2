"""`banstream ban-files add|list|show|change|test|sync|pause|resume|remove|receipts`."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.ban_file_values import filters_of, place_of, policy_of, secret_of
from banstream_cli.arguments.options import All, Json, Key, Limit, refuse
from banstream_cli.gateway.api import open_api, path
from banstream_cli.gateway.asking import get
from banstream_cli.gateway.paging import fetch, show_page
from banstream_cli.gateway.writing import switch, write
from banstream_cli.settings import Settings
from banstream_cli.shown.ban_file_rows import COLUMNS, RECEIPTS, facts, receipt_row, row, tested_facts
from banstream_cli.terminal.output import print_facts, print_json, print_line

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Ban files of game servers that are kept in step with the bans."
)

_TEST_SECONDS = 65.0


class Status(StrEnum):
    """Of a receipt."""

    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    DRIFTED = "drifted"


class Format(StrEnum):
    """Which game writes bans like that."""

    DAYZ = "dayz"
    NITRADO = "nitrado"
    SOURCE_USERS = "source-users"
    SOURCE_ADDRESSES = "source-addresses"
    MINECRAFT_PLAYERS = "minecraft-players"
    MINECRAFT_ADDRESSES = "minecraft-addresses"
    RUST = "rust"
    ARK_EVOLVED = "ark-evolved"
    ARK_ASCENDED = "ark-ascended"
    PALWORLD = "palworld"
    SQUAD = "squad"
    BATTLEYE = "battleye"


Id = Annotated[str, typer.Argument(metavar="ID", help="Of a ban file, 24 hex digits.")]
Place = Annotated[
    str,
    typer.Argument(
        metavar="PLACE",
        help="ftp://USER@HOST/PATH, ftps://…, ftps-implicit://…, sftp://…, /PATH of this machine, or nitrado:SERVICE."
        " Loopback and private hosts are allowed: game hosts in the own network are usual.",
    ),
]
NewPlace = Annotated[str | None, typer.Option("--place", metavar="PLACE", help="As of `add`; with its secret.")]
SecretFile = Annotated[
    str | None,
    typer.Option("--password-file", metavar="FILE", help="Holds the password, or Nitrado's token; - is stdin."),
]
KeyFile = Annotated[Path | None, typer.Option("--private-key-file", metavar="FILE", help="Of SFTP.")]
PassphraseFile = Annotated[Path | None, typer.Option("--passphrase-file", metavar="FILE", help="Of that key.")]
Fingerprint = Annotated[
    str | None,
    typer.Option(
        metavar="SHA256:…", help="Of the SFTP server's key; without it the first one that is met is taken and kept."
    ),
]
NoCertificate = Annotated[
    bool, typer.Option("--any-certificate", help="FTPS without proof: the password goes to whoever answers.")
]
Servers = Annotated[list[str] | None, typer.Option("--server", help="Who reads the file; several times.")]
Scopes = Annotated[list[str] | None, typer.Option("--scope", help="Only bans of these scopes; several times.")]
OnlyOwn = Annotated[
    bool | None, typer.Option("--only-own/--of-all-servers", help="Leave out global bans that other servers issued.")
]
Creates = Annotated[bool | None, typer.Option("--create/--no-create", help="Make a missing file.")]
Repairs = Annotated[
    bool | None, typer.Option("--repair/--report", help="What to do when somebody changed a line of ours.")
]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is shown as.")],
    ban_format: Annotated[Format, typer.Argument(metavar="FORMAT", help=", ".join(Format))],
    place: Place,
    secret: SecretFile = None,
    private_key: KeyFile = None,
    passphrase: PassphraseFile = None,
    fingerprint: Fingerprint = None,
    any_certificate: NoCertificate = False,
    server: Servers = None,
    scope: Scopes = None,
    only_own: OnlyOwn = None,
    create: Creates = None,
    repair: Repairs = None,
    paused: Annotated[bool, typer.Option("--paused", help="Write nothing before `resume`: `test` shows what.")] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Keep a file in step with the bans from now on. Secrets are sealed and not shown again."""
    where = place_of(place, fingerprint, any_certificate=any_certificate)
    body: dict[str, object] = {
        "name": name,
        "format": ban_format.value,
        "place": where,
        "filters": filters_of({}, server, scope, only_own=only_own),
        "policy": policy_of({}, create=create, repair=repair),
        **secret_of(where, secret, private_key, passphrase),
    }
    if paused:
        body["paused"] = True
    made = write(context.obj, "POST", path("v1", "ban-files"), body, key=key, as_json=as_json)
    if not as_json:
        print_facts((("Id", str(made.get("id"))), ("Name", made.get("name"))))


@app.command("list")
def list_ban_files(context: typer.Context, limit: Limit = 50, everything: All = False, as_json: Json = False) -> None:
    """Every ban file, and how it stands."""
    found = fetch(context.obj, path("v1", "ban-files"), None if everything else limit)
    show_page(found, COLUMNS, row, "no ban files yet; `banstream ban-files add`", as_json=as_json)


@app.command()
def show(context: typer.Context, ban_file_id: Id, as_json: Json = False) -> None:
    """One ban file, and how it stands."""
    found = get(context.obj, path("v1", "ban-files", ban_file_id))
    if as_json:
        print_json(found)
    else:
        print_facts(facts(found))


@app.command()
def change(
    context: typer.Context,
    ban_file_id: Id,
    name: Annotated[str | None, typer.Option(help="What it is shown as.")] = None,
    place: NewPlace = None,
    secret: SecretFile = None,
    private_key: KeyFile = None,
    passphrase: PassphraseFile = None,
    fingerprint: Fingerprint = None,
    any_certificate: NoCertificate = False,
    server: Servers = None,
    scope: Scopes = None,
    only_own: OnlyOwn = None,
    create: Creates = None,
    repair: Repairs = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Change what is named; servers and scopes are replaced whole."""
    found = get(context.obj, path("v1", "ban-files", ban_file_id))
    before = found["place"]
    where = place_of(place, fingerprint, any_certificate=any_certificate) if place else None
    if where is None and fingerprint is not None:
        where = {**before, "fingerprint": fingerprint}
    body: dict[str, object] = {"name": name} if name else {}
    if where is not None:
        body["place"] = where
    if server is not None or scope is not None or only_own is not None:
        body["filters"] = filters_of(found["filters"], server, scope, only_own=only_own)
    if create is not None or repair is not None:
        body["policy"] = policy_of(found["policy"], create=create, repair=repair)
    body |= secret_of(where or before, secret, private_key, passphrase)
    if not body:
        refuse("name something to change")
    changed = write(context.obj, "PATCH", path("v1", "ban-files", ban_file_id), body, key=key, as_json=as_json)
    if not as_json:
        print_line((str(changed.get("name")), "bold"), ("is changed", ""))


@app.command("test")
def try_out(context: typer.Context, ban_file_id: Id, as_json: Json = False) -> None:
    """Connect, read the file, and show what would change; nothing is written."""
    found = asyncio.run(_test(context.obj, path("v1", "ban-files", ban_file_id, "test")))
    if as_json:
        print_json(found)
    else:
        print_facts(tested_facts(found))
    if found.get("problem"):
        raise typer.Exit(1)


@app.command()
def sync(
    context: typer.Context,
    ban_file_id: Id,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Lines of others are gone from the file, and that is right.")
    ] = False,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Look at the file now."""
    where = path("v1", "ban-files", ban_file_id, "sync")
    changed = write(context.obj, "POST", where, {"accepts_loss": accept_loss}, key=key, as_json=as_json)
    if not as_json:
        print_line((str(changed.get("name")), "bold"), ("is looked at", ""))


@app.command()
def pause(context: typer.Context, ban_file_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Leave the file as it is until it is resumed."""
    switch(context.obj, path("v1", "ban-files", ban_file_id, "pause"), key, as_json=as_json)


@app.command()
def resume(context: typer.Context, ban_file_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Bring a paused file up to date and keep it so."""
    switch(context.obj, path("v1", "ban-files", ban_file_id, "resume"), key, as_json=as_json)


@app.command()
def remove(context: typer.Context, ban_file_id: Id, key: Key = None, as_json: Json = False) -> None:
    """Keep a file in step no more; what stands in it stays."""
    write(context.obj, "DELETE", path("v1", "ban-files", ban_file_id), key=key, as_json=as_json)
    if not as_json:
        print_line((ban_file_id, "bold"), ("is removed; what stands in the file stays", ""))


@app.command()
def receipts(
    context: typer.Context,
    ban_file_id: Id,
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    infraction: Annotated[str | None, typer.Option(metavar="ID", help="Only of this one.")] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: Json = False,
) -> None:
    """What became of each infraction in the file, last changed first."""
    where, wanted = path("v1", "ban-files", ban_file_id), None if everything else limit
    chosen = {"status": status and status.value, "infraction_id": infraction}
    found = fetch(context.obj, f"{where}/receipts", wanted, **chosen)
    show_page(found, RECEIPTS, receipt_row, "no receipts", as_json=as_json)


async def _test(settings: Settings, where: str) -> dict[str, Any]:
    async with open_api(settings, _TEST_SECONDS) as api:
        return (await api.send("POST", where)).content
