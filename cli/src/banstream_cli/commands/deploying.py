"""The deploy steps: `banstream migrate`, `streams apply`, `rebuild` and `keys new`."""

import asyncio
from typing import Annotated

import typer

from banstream_cli import installation_keys
from banstream_cli.bus import operator
from banstream_cli.commands.options import Json
from banstream_cli.database import administrator
from banstream_cli.event_logs import EventLog, Which, chosen
from banstream_cli.exits import AnswerIsNo, Stuck
from banstream_cli.output import print_json, print_line, print_plain
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_decider.rebuilding import RebuildRunning
from banstream_event_log.schema import MigrationFailed
from banstream_runtime.streams import StreamsNotApplied, apply_streams

migrate_app = typer.Typer(add_completion=False)
rebuild_app = typer.Typer(add_completion=False)
streams_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Create or update the streams.")
keys_app = typer.Typer(add_completion=False, no_args_is_help=True, help="Make the keys of an installation.")


@migrate_app.command()
def migrate(context: typer.Context, which: Which = None, as_json: Json = False) -> None:
    """Create or update the schemas, and give each service's role its password. Run before a new release starts."""
    url = context.obj.admin_database_url()
    passwords = {log.name: context.obj.role_password(log.password_variable) for log in chosen(which)}
    applied = {log.name: asyncio.run(_migrate(log, url, passwords[log.name])) for log in chosen(which)}
    if as_json:
        print_json({"applied": applied})
        return
    for name, migrations in applied.items():
        done = f"applied: {', '.join(migrations)}" if migrations else "nothing to do: the schema is up to date"
        print_line((f"{name}:", "bold"), (done, ""))


@rebuild_app.command()
def rebuild(context: typer.Context, which: Which = None, as_json: Json = False) -> None:
    """Make the read models anew from the logs, while everything goes on."""
    url = context.obj.admin_database_url()
    positions = {log.name: asyncio.run(_rebuild(log, url)) for log in chosen(which)}
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
    private, public = installation_keys.new_keys()
    made = {installation_keys.variable(name): key for name, key in {**private, **public}.items()}
    if as_json:
        print_json(made)
        return
    for name, value in made.items():
        print_plain(f"{name}={value}")


async def _migrate(log: EventLog, url: str, password: str) -> list[str]:
    async with administrator(url, log.schema):
        try:
            return await log.migrate(url, password)
        except MigrationFailed as error:
            raise Stuck(f"{log.name}: {error}; put the release back that fits the database") from error


async def _rebuild(log: EventLog, url: str) -> int:
    async with administrator(url, log.schema):
        with progress_bar(f"rebuilding {log.name}") as advance:
            try:
                return await log.rebuild(url, advance)
            except RebuildRunning as error:
                raise AnswerIsNo(f"{log.name}: {error}; wait for it") from error


async def _apply(settings: Settings, replicas: int) -> list[str]:
    async with operator(settings.nats()) as client:
        try:
            return await apply_streams(client, replicas)
        except StreamsNotApplied as error:
            raise Stuck(f"NATS refused: {error}") from error
