"""`banstream events tail`."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer
from nats.aio.client import Client

from banstream_cli.arguments.event_types import EVENT_TYPES
from banstream_cli.arguments.options import Json, player_of, read, refuse
from banstream_cli.arguments.times import parse_moment
from banstream_cli.direct.bus import operator
from banstream_cli.direct.event_logs import LogName
from banstream_cli.direct.following import Start, at_position, follow, now, source_of
from banstream_cli.settings import Settings
from banstream_cli.shown.event_lines import cloud_event_of, line
from banstream_cli.terminal.output import print_json, print_line, say
from banstream_cli.terminal.target_file import writing
from banstream_contracts import headers, subjects

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Follow the events as they happen.")


Show: TypeAlias = Callable[[dict[str, Any]], None]


class Format(StrEnum):
    """How an event is printed."""

    TEXT = "text"
    JSON = "json"


@app.callback()
def events() -> None:
    """Follow the events as they happen."""


@app.command()
def tail(
    context: typer.Context,
    from_start: Annotated[bool, typer.Option("--from-start", help="From the oldest event that is kept.")] = False,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="10m (ago), or a time.")] = None,
    from_position: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="From this place in the log of --source (infractions).")
    ] = None,
    which: Annotated[LogName | None, typer.Option("--source", help="Events of this log only.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="infraction.issued, …")] = None,
    player: Annotated[str | None, typer.Option(metavar="SERVICE:ID", help="Of this player only.")] = None,
    form: Annotated[Format, typer.Option("--format", help="For people or for programs.")] = Format.TEXT,
    count: Annotated[int | None, typer.Option("-n", min=1, metavar="COUNT", help="End after so many.")] = None,
    utc: Annotated[bool, typer.Option("--utc", help="Times in UTC instead of local ones.")] = False,
    as_json: Json = False,
) -> None:
    """Print each event as it comes, until Ctrl-C. Without a start: from now on."""
    if sum((from_start, since is not None, from_position is not None)) > 1:
        refuse("--from-start, --since and --from-position exclude each other")
    begin = read(lambda text: parse_moment(text, datetime.now(UTC)), since) if since is not None else None
    subject = subjects.event(_type(event_type), player_of(player).token if player else "*")
    source = headers.source(which or LogName.INFRACTIONS)
    start = Start(sequence=1 if from_start else None, since=begin, position=from_position or 0, source=source)
    show = _print_json if as_json or form is Format.JSON else _print_utc if utc else _print_local
    try:
        asyncio.run(_tail(context.obj, subject, start, show, count, only=source if which else None))
    except KeyboardInterrupt:
        return


async def _tail(
    settings: Settings, subject: str, start: Start, show: Show, count: int | None, *, only: str | None
) -> None:
    async with operator(settings.nats(), on_disconnect=_away, on_reconnect=_back) as client:
        left = count
        async for message in follow(client, subject, await _begin(client, start)):
            if only not in {None, source_of(message)}:
                continue
            with writing("stdout"):  # which is not NATS
                show(cloud_event_of(message))
                sys.stdout.flush()
            left = left and left - 1
            if left == 0:
                return


async def _begin(client: Client, start: Start) -> Start:
    if start.position:
        return await at_position(client, start.position, start.source)
    return await now(client) if start.sequence is None and start.since is None else start


async def _away() -> None:
    say("NATS is away; waiting for it")


async def _back() -> None:
    say("NATS is back; going on where it was")


def _print_json(event: dict[str, Any]) -> None:
    print_json(event)


def _print_local(event: dict[str, Any]) -> None:
    print_line(*line(event, utc=False))


def _print_utc(event: dict[str, Any]) -> None:
    print_line(*line(event, utc=True))


def _type(event_type: str | None) -> str:
    if event_type is not None and event_type not in EVENT_TYPES:
        refuse(f"no event has the type {event_type!r}; there are {', '.join(EVENT_TYPES)}")
    return event_type or "*.*"
