"""The deploy steps: `banstream migrate`, `streams apply`, `rebuild` and `keys`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer
from nats.errors import NoRespondersError

from banstream_cli.arguments.options import Json
from banstream_cli.direct.bus import operator
from banstream_cli.direct.database import administrator
from banstream_cli.direct.event_logs import EventLog, Which, chosen
from banstream_cli.installation import installation_keys
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo, Stuck
from banstream_cli.terminal.output import print_json, print_line, print_plain
from banstream_cli.terminal.progress import progress_bar
from banstream_decider.rebuilding import FoldingFailed, RebuildRunning
from banstream_event_log.schema import MigrationFailed
from banstream_infractions import key_uses, operations
from banstream_infractions.key_uses import Uses
from banstream_infractions.rewrapping import Rewrapped
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.streams import StreamsNotApplied, apply_streams, rebuild_streams

migrate_app = typer.Typer(add_completion=False)
rebuild_app = typer.Typer(add_completion=False)
streams_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Create or update the streams.")
keys_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make the keys of an installation.")


@migrate_app.command()
def migrate(context: typer.Context, which: Which = None, as_json: Json = False) -> None:
    """Create or update the schemas, and give each service's role its password. Run before a new release starts."""
    url = context.obj.admin_database_url()
    passwords = context.obj.role_passwords(log.password_variable for log in chosen(which))
    applied = {log.name: asyncio.run(_migrate(log, url, passwords[log.password_variable])) for log in chosen(which)}
    if as_json:
        print_json({"applied": applied})
        return
    for name, migrations in applied.items():
        done = f"applied: {', '.join(migrations)}" if migrations else "nothing to do: the schema is up to date"
        print_line((f"{name}:", "bold"), (done, ""))


@rebuild_app.command()
def rebuild(
    context: typer.Context,
    which: Which = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that fold the log of infractions. Default: one a core, at most 8."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the read models anew from the logs, while everything goes on."""
    url = context.obj.admin_database_url()
    positions = {log.name: asyncio.run(_rebuild(log, url, jobs)) for log in chosen(which)}
    if as_json:
        print_json({"positions": positions})
        return
    for name, position in positions.items():
        print_line((f"{name}:", "bold"), (f"the read models are those of position {position}", "green"))


@streams_app.callback()
def streams() -> None:
    """Create or update the streams."""


@streams_app.command("apply")
def apply(
    context: typer.Context,
    replicas: Annotated[
        int | None,
        typer.Option(min=1, max=5, help="Of each stream. Left out: as before, and new ones 3 in a cluster, else 1."),
    ] = None,
    copy: Annotated[
        bool, typer.Option("--subscribers", help="Also the copy of EVENTS for subscribers; kept from then on.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Create what is missing, update what differs, touch no data."""
    changed = asyncio.run(_apply(context.obj, replicas, copy=copy))
    if as_json:
        print_json({"changed": changed})
    else:
        print_line((f"applied: {', '.join(changed)}" if changed else "nothing to do: all is as it should be", ""))


@streams_app.command("refill")
def refill(context: typer.Context, as_json: Json = False) -> None:
    """Empty events and buckets, which the services fill again from their logs; commands that wait are kept.

    For a database that is older than what NATS tells of it. Stop the services first.
    """
    asyncio.run(_refill(context.obj))
    if as_json:
        print_json({"emptied": True})
    else:
        print_line(("emptied: start the services, which fill them again", ""))


@keys_app.callback()
def keys() -> None:
    """Make the keys of an installation."""


@keys_app.command("new")
def new_keys(as_json: Json = False) -> None:
    """Print fresh keys as lines for an env file. Losing the master key loses every address in the log."""
    private, public = installation_keys.new_keys()
    _show_keys({**private, **public}, as_json=as_json)


@keys_app.command("derive")
def derive_keys(context: typer.Context, as_json: Json = False) -> None:
    """Print the keys that are made of BANSTREAM_MASTER_KEY, of each of them where it names several."""
    master_key = _master_key(context.obj)
    public = {"sealing-public-key": sealing_public_key(master_key).hex()}
    _show_keys({**installation_keys.derived_keys(master_key), **public}, as_json=as_json)


@keys_app.command("rewrap")
def rewrap_keys(context: typer.Context, as_json: Json = False) -> None:
    """Wrap every person's key with the first of the keys in BANSTREAM_MASTER_KEY, while everything goes on."""
    master_key, url = _master_key(context.obj), context.obj.admin_database_url()
    done = asyncio.run(_rewrap(url, master_key))
    if as_json:
        print_json(asdict(done))
    else:
        already = done.persons - done.rewrapped - done.unreadable
        print_line((f"{done.rewrapped} of {done.persons} keys wrapped anew; {already} were already", ""))
    if done.unreadable:
        raise AnswerIsNo(f"{done.unreadable} keys are opened by none of BANSTREAM_MASTER_KEY: name the older ones too")


@keys_app.command("check")
def check_keys(context: typer.Context, as_json: Json = False) -> None:
    """Look whether every person's key and every restricted address goes by one of the keys that are named.

    These are BANSTREAM_MASTER_KEY and BANSTREAM_ADDRESS_KEY. Before a key is taken out, name the others alone.
    """
    master_key, address_key = _master_key(context.obj), installation_keys.address_key_of(context.obj)
    uses = asyncio.run(_check(context.obj.admin_database_url(), master_key, address_key))
    if as_json:
        print_json({what: asdict(each) for what, each in uses.items()})
    else:
        for what, each in uses.items():
            print_line((f"{what}:", "bold"), (_said_of(each), ""))
    if lost := [what for what, each in uses.items() if each.by_none]:
        raise AnswerIsNo(f"some {' and some '.join(lost)} go by none of the keys: put the older one behind the others")


def _said_of(uses: Uses) -> str:
    by_key = ", ".join(f"{count} by key {number}" for number, count in enumerate(uses.by_key, 1))
    unknown = f", {uses.unknown} of which nobody can say" if uses.unknown else ""
    return f"{by_key}, {uses.by_none} by none{unknown}"


def _show_keys(keys: dict[str, str], *, as_json: bool) -> None:
    made = {installation_keys.variable(name): key for name, key in keys.items()}
    if as_json:
        print_json(made)
        return
    for name, value in made.items():
        print_plain(f"{name}={value}")


def _master_key(settings: Settings) -> bytes:
    key = installation_keys.master_key_of(settings)
    if key is None:
        raise Stuck("set BANSTREAM_MASTER_KEY or BANSTREAM_MASTER_KEY_FILE")
    return key


async def _migrate(log: EventLog, url: str, password: str) -> list[str]:
    async with administrator(url, log.schema):
        try:
            return await log.migrate(url, password)
        except MigrationFailed as error:
            raise Stuck(f"{log.name}: {error}; put the release back that fits the database") from error


async def _rewrap(url: str, master_key: bytes) -> Rewrapped:
    async with administrator(url):
        with progress_bar("wrapping keys") as advance:
            return await operations.rewrap(url, master_key, advance)


async def _check(url: str, master_key: bytes, address_key: bytes | None) -> dict[str, Uses]:
    async with administrator(url) as connection:
        found = {"keys of persons": await key_uses.of_master_key(connection, master_key)}
        if address_key is not None:
            found["restricted addresses"] = await key_uses.of_address_key(connection, master_key, address_key)
    return found


async def _rebuild(log: EventLog, url: str, jobs: int | None) -> int:
    async with administrator(url, log.schema):
        with progress_bar(f"rebuilding {log.name}") as advance:
            try:
                return await log.rebuild(url, advance, jobs)
            except RebuildRunning as error:
                raise AnswerIsNo(f"{log.name}: {error}, or a backup; wait for it") from error
            except FoldingFailed as error:
                raise Stuck(f"{log.name}: {error}; the read models are as they were") from error


async def _refill(settings: Settings) -> None:
    async with operator(settings.nats()) as client:
        try:
            await rebuild_streams(client)
        except StreamsNotApplied as error:
            raise Stuck(f"NATS refused to empty its streams: {error}") from error


async def _apply(settings: Settings, replicas: int | None, *, copy: bool) -> list[str]:
    async with operator(settings.nats()) as client:
        try:
            return await apply_streams(client, replicas, copy=copy)
        except StreamsNotApplied as error:
            raise Stuck(f"NATS refused: {error}") from error
        except NoRespondersError as error:
            if not copy:
                raise
            raise Stuck("NATS has no account of subscribers: see `banstream nats config`") from error
