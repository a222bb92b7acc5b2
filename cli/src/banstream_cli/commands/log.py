"""`banstream log verify|export`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.commands.options import Json, read, refuse
from banstream_cli.database import administrator
from banstream_cli.event_types import EVENT_TYPES
from banstream_cli.exits import AnswerIsNo
from banstream_cli.exporting import ISSUED, Format, header, writer
from banstream_cli.output import print_json, print_line
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_cli.target_file import opened
from banstream_cli.times import parse_moment
from banstream_event_log.log import head, walk
from banstream_event_log.verification import Verified
from banstream_event_log.verification import verify as verify_log

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Verify and export the event log.")


@app.command()
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Check the hash chain of the whole log; exits 1 where it is broken. Keep the head hash elsewhere."""
    outcome = asyncio.run(_verify(context.obj))
    if as_json:
        print_json(
            {
                "whole": outcome.broken_at is None,
                "events": outcome.events,
                "head_hash": outcome.head_hash,
                "broken_at": outcome.broken_at,
                "reason": outcome.reason,
            }
        )
    if outcome.broken_at is not None:
        raise AnswerIsNo(f"broken at position {outcome.broken_at}: {outcome.reason}; restore the log from a backup")
    if not as_json:
        print_line(("whole:", "bold green"), (f"{outcome.events} events, head hash {outcome.head_hash}", ""))


@app.command()
def export(
    context: typer.Context,
    form: Annotated[
        Format, typer.Option("--format", help="text: the bans; json: every event; csv: for spreadsheets.")
    ] = Format.TEXT,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="infraction.issued, …")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write the log out, oldest first, without what is private. Times in UTC."""
    chosen = Format.JSON if as_json else form
    if event_type is not None and event_type not in EVENT_TYPES:
        refuse(f"no event has the type {event_type!r}; there are {', '.join(EVENT_TYPES)}")
    if chosen is Format.TEXT and event_type not in {None, ISSUED}:
        refuse("--format text holds bans only; use json or csv for other types")
    now = datetime.now(UTC)
    begin, end = (read(lambda text: parse_moment(text, now), each) if each else None for each in (since, until))
    asyncio.run(_export(context.obj, chosen, begin, end, event_type, output))


async def _verify(settings: Settings) -> Verified:
    async with administrator(settings.admin_database_url()) as connection:
        total = await head(connection)
        with progress_bar("verifying", total) as advance:
            return await verify_log(connection, lambda position: advance(position, None))


async def _export(
    settings: Settings,
    form: Format,
    since: datetime | None,
    until: datetime | None,
    event_type: str | None,
    output: Path | None,
) -> None:
    written = writer(form)
    async with administrator(settings.admin_database_url()) as connection:
        with opened(output) as write:
            write(header(form))
            async for event in walk(connection):
                is_wanted = event_type in {None, event.type}
                if is_wanted and (since is None or event.occurred_at >= since):
                    if until is not None and event.occurred_at >= until:
                        continue
                    write(written(event))
