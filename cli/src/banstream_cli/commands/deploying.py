"""The deploy steps: `banstream migrate`, `streams apply`, `rebuild` and `keys new`."""

import asyncio
import secrets
from typing import Annotated

import typer

from banstream_cli.bus import operator
from banstream_cli.commands.options import Json
from banstream_cli.database import administrator
from banstream_cli.exits import AnswerIsNo, Stuck
from banstream_cli.output import print_json, print_line, print_plain
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_event_log.schema import MigrationFailed
from banstream_infractions import operations
from banstream_infractions.rebuild import RebuildRunning
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.streams import StreamsNotApplied, apply_streams

migrate_app = typer.Typer(add_completion=False)
rebuild_app = typer.Typer(add_completion=False)
streams_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Create or update the streams.")
keys_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make the keys of an installation.")

_KEY_BYTES = 32


@migrate_app.command()
def migrate(context: typer.Context, as_json: Json = False) -> None:
    """Create or update the schema, and give the service's role its password. Run before a new release starts."""
    url, password = context.obj.admin_database_url(), context.obj.infractions_password()
    applied = asyncio.run(_migrate(url, password))
    if as_json:
        print_json({"applied": applied})
    else:
        print_line((f"applied: {', '.join(applied)}" if applied else "nothing to do: the schema is up to date", ""))


@rebuild_app.command()
def rebuild(context: typer.Context, as_json: Json = False) -> None:
    """Make the read models anew from the log, while everything goes on."""
    position = asyncio.run(_rebuild(context.obj.admin_database_url()))
    if as_json:
        print_json({"position": position})
    else:
        print_line((f"the read models are those of position {position}", "green"))


@streams_app.callback()
def streams() -> None:
    """Create or update the streams."""


@streams_app.command("apply")
def apply(
    context: typer.Context,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="3 in a cluster.")] = 1,
    as_json: Json = False,
) -> None:
    """Create what is missing, update what differs, touch no data."""
    changed = asyncio.run(_apply(context.obj, replicas))
    if as_json:
        print_json({"changed": changed})
    else:
        print_line((f"applied: {', '.join(changed)}" if changed else "nothing to do: all is as it should be", ""))


@keys_app.callback()
def keys() -> None:
    """Make the keys of an installation."""


@keys_app.command("new")
def new_keys(as_json: Json = False) -> None:
    """Print fresh keys as lines for an env file. Losing the master key loses every address in the log."""
    master, address = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES)
    made = {
        "BANSTREAM_MASTER_KEY": master.hex(),
        "BANSTREAM_ADDRESS_KEY": address.hex(),
        "BANSTREAM_SEALING_PUBLIC_KEY": sealing_public_key(master).hex(),
    }
    if as_json:
        print_json(made)
        return
    for name, value in made.items():
        print_plain(f"{name}={value}")


async def _migrate(url: str, password: str) -> list[str]:
    async with administrator(url):
        try:
            return await operations.migrate(url, password)
        except MigrationFailed as error:
            raise Stuck(f"{error}; put the release back that fits the database") from error


async def _rebuild(url: str) -> int:
    async with administrator(url):
        with progress_bar("rebuilding") as advance:
            try:
                return await operations.rebuild(url, advance)
            except RebuildRunning as error:
                raise AnswerIsNo(f"{error}; wait for it") from error


async def _apply(settings: Settings, replicas: int) -> list[str]:
    async with operator(settings.nats()) as client:
        try:
            return await apply_streams(client, replicas)
        except StreamsNotApplied as error:
            raise Stuck(f"NATS refused: {error}") from error
