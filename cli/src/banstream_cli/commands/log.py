"""`banstream log verify|export`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.database import administrator
from banstream_cli.event_logs import EVENT_LOGS, EventLog, LogName, Which, chosen
from banstream_cli.event_types import event_types
from banstream_cli.exits import AnswerIsNo
from banstream_cli.options import Json, read, refuse
from banstream_cli.output import print_json, print_line, say
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_cli.shown.damaged_keys import complaint
from banstream_cli.shown.exporting import BEGINNINGS, Format, header, writer
from banstream_cli.target_file import opened
from banstream_cli.times import parse_moment
from banstream_event_log.log import head, walk
from banstream_event_log.verification import Verified
from banstream_event_log.verification import verify as verify_log

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Verify and export the event logs.")


@app.command()
def verify(context: typer.Context, which: Which = None, as_json: Json = False) -> None:
    """Check the hash chain of every log, and the keys of what it locks; exits 1 where one is broken or damaged.

    Keep the head hashes elsewhere.
    """
    outcomes = {log.name: asyncio.run(_verify(context.obj, log)) for log in chosen(which)}
    broken = [
        f"{name}: broken at position {outcome.broken_at}: {outcome.reason}; restore the log from a backup"
        for name, outcome in outcomes.items()
        if outcome.broken_at is not None
    ]
    complaints = [*broken, *(complaint(name, each.not_opened) for name, each in outcomes.items() if each.not_opened)]
    if as_json:
        logs = [_document(name, outcome) for name, outcome in outcomes.items()]
        print_json({"whole": not broken, "logs": logs})
    else:
        for name, outcome in outcomes.items():
            if outcome.broken_at is None:
                what = f"{outcome.events} events, head hash {outcome.head_hash}" if outcome.events else "no events yet"
                print_line((f"{name}:", "bold"), ("whole:", "bold green"), (what, ""))
    if complaints:
        for each in complaints[1:]:
            say(each)
        raise AnswerIsNo(complaints[0])


@app.command()
def export(
    context: typer.Context,
    which: Annotated[LogName, typer.Option("--log", help="Of which service.")] = LogName.INFRACTIONS,
    form: Annotated[
        Format, typer.Option("--format", help="text: the bans; json: every event; csv: for spreadsheets.")
    ] = Format.TEXT,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="infraction.issued, …")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write a log out, oldest first, without what is private. Times in UTC."""
    wanted = Format.JSON if as_json else form
    types = event_types(which)
    if event_type is not None and event_type not in types:
        refuse(f"no event of {which} has the type {event_type!r}; there are {', '.join(types)}")
    if wanted is Format.TEXT and which is not LogName.INFRACTIONS:
        refuse("--format text holds bans only, which are in the log of infractions; use json or csv for another log")
    if wanted is Format.TEXT and event_type not in {None, *BEGINNINGS}:
        refuse("--format text holds bans only; use json or csv for other types")
    now = datetime.now(UTC)
    begin, end = (
        read(lambda text: parse_moment(text, now), each) if each is not None else None for each in (since, until)
    )
    asyncio.run(_export(context.obj, EVENT_LOGS[which], wanted, begin, end, event_type, output))


def _document(name: str, outcome: Verified) -> dict[str, Any]:
    return {
        "log": name,
        "whole": outcome.broken_at is None,
        "events": outcome.events,
        "head_hash": outcome.head_hash,
        "broken_at": outcome.broken_at,
        "reason": outcome.reason,
        "not_opened": outcome.not_opened,
    }


async def _verify(settings: Settings, log: EventLog) -> Verified:
    async with administrator(settings.admin_database_url(), log.schema) as connection:
        total = await head(connection)
        with progress_bar(f"verifying {log.name}", total) as advance:
            return await verify_log(connection, lambda position: advance(position, None))


async def _export(
    settings: Settings,
    log: EventLog,
    form: Format,
    since: datetime | None,
    until: datetime | None,
    event_type: str | None,
    output: Path | None,
) -> None:
    written = writer(form, log.source)
    async with administrator(settings.admin_database_url(), log.schema) as connection:
        with opened(output) as write:
            write(header(form, log.source))
            async for event in walk(connection):
                is_wanted = event_type in {None, event.type}
                if is_wanted and (since is None or event.occurred_at >= since):
                    if until is not None and event.occurred_at >= until:
                        continue
                    write(written(event))
