"""`banstream log verify|export`."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from banstream_cli.arguments.event_types import event_types
from banstream_cli.arguments.options import Json, read, refuse
from banstream_cli.arguments.times import parse_moment
from banstream_cli.direct.database import address, administrator
from banstream_cli.direct.event_logs import EVENT_LOGS, EventLog, LogName, Which, chosen
from banstream_cli.direct.kept_heads import KeptHead, heads_file
from banstream_cli.settings import Settings
from banstream_cli.shown.damaged_keys import complaint
from banstream_cli.shown.exporting import BEGINNINGS, Format, header, writer
from banstream_cli.shown.lost_heads import lost_complaint
from banstream_cli.terminal.exits import AnswerIsNo, Stuck
from banstream_cli.terminal.output import print_json, print_line, say
from banstream_cli.terminal.progress import progress_bar
from banstream_cli.terminal.target_file import opened
from banstream_event_log.log import head, walk
from banstream_event_log.verification import Verified
from banstream_event_log.verification import verify as verify_log

Kept: TypeAlias = Mapping[LogName, Collection[KeptHead]]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Verify and export the event logs.")


@app.command()
def verify(
    context: typer.Context,
    which: Which = None,
    heads: Annotated[
        Path | None,
        typer.Option(
            "--heads", metavar="FILE", help="Compare with the heads that are kept there, and add those of now."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the hash chain of every log, and the keys of what it locks; exits 1 where one is broken or damaged.

    Whoever may do everything in Postgres can rewrite a log so that its chain is whole again. Heads that are kept on
    another machine find that: give it --heads FILE each day.
    """
    logs = chosen(which)
    with ExitStack() as stack:
        file = stack.enter_context(heads_file(heads)) if heads else None
        kept = {log.name: [each for each in file.heads if each.log is log.name] if file else [] for log in logs}
        outcomes = {log.name: asyncio.run(_verify(context.obj, log, kept[log.name])) for log in logs}
        where = address(context.obj.admin_database_url())
        _refuse_heads_of_others(kept, outcomes, where)
        is_whole = all(_is_whole(each) for each in outcomes.values())
        if file and is_whole:
            file.append(_heads(outcomes, datetime.now(UTC), where))
    if as_json:
        documents = [_document(name, outcome, kept[name]) for name, outcome in outcomes.items()]
        print_json({"whole": is_whole, "logs": documents})
    else:
        _print_whole(outcomes, kept)
    if complaints := _complaints(outcomes, kept):
        for each in complaints[1:]:
            say(each)
        raise AnswerIsNo(complaints[0])


@app.command()
def export(
    context: typer.Context,
    which: Annotated[LogName, typer.Option("--log", help="Of which service.")] = LogName.INFRACTIONS,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text: the bans; json: every event; csv: for spreadsheets; chain: the rows as they are hashed, with"
            " what is private.",
        ),
    ] = Format.TEXT,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="7d (ago), or a time.")] = None,
    event_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="infraction.issued, …")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write a log out, oldest first, without what is private. Times in UTC.

    With --format chain it is all of the log as it is kept, for docs/examples/verify_chain.py: keep it as you keep a
    backup.
    """
    wanted = Format.JSON if as_json else form
    if wanted is Format.CHAIN and (output is None or since or until or event_type):
        refuse(
            "--format chain is the whole log, with what is private: name a file for it with -o,"
            " and leave --since, --until and --type out"
        )
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


def _print_whole(outcomes: Mapping[LogName, Verified], kept: Kept) -> None:
    """A line of each log that is."""
    for name, outcome in outcomes.items():
        if _is_whole(outcome):
            what = f"{outcome.events} events, head hash {outcome.head_hash}" if outcome.events else "no events yet"
            known = f", {len(kept[name])} kept heads hold" if kept[name] else ""
            print_line((f"{name}:", "bold"), ("whole:", "bold green"), (f"{what}{known}", ""))


def _complaints(outcomes: Mapping[LogName, Verified], kept: Kept) -> list[str]:
    """What is broken first, then what was rewritten, then what does not open."""
    broken = [
        f"{name}: broken at position {each.broken_at}: {each.reason}; restore the log from a backup"
        for name, each in outcomes.items()
        if each.broken_at is not None
    ]
    lost = [
        lost_complaint(name, kept[name], frozenset(each.lost), each.events)
        for name, each in outcomes.items()
        if each.lost
    ]
    damaged = [complaint(name, each.not_opened) for name, each in outcomes.items() if each.not_opened]
    return [*broken, *lost, *damaged]


def _lost(kept: Collection[KeptHead], outcome: Verified) -> list[KeptHead]:
    """Those that do not hold. There may be many of both."""
    lost = frozenset(outcome.lost)
    return [each for each in kept if each.head in lost]


def _is_whole(outcome: Verified) -> bool:
    return outcome.broken_at is None and not outcome.lost


def _heads(outcomes: Mapping[LogName, Verified], now: datetime, database: str) -> list[KeptHead]:
    """Those of now; a log without events has none yet."""
    return [
        KeptHead(kept_at=now, database=database, log=name, position=each.events, hash=each.head_hash)
        for name, each in outcomes.items()
        if each.head_hash is not None
    ]


def _refuse_heads_of_others(kept: Kept, outcomes: Mapping[LogName, Verified], database: str) -> None:
    """Where every chain holds but none of the heads, and all were kept of another database."""
    lost = [each for log, heads in kept.items() for each in _lost(heads, outcomes[log])]
    compared = sum(map(len, kept.values()))
    are_whole = all(each.broken_at is None for each in outcomes.values())
    if lost and len(lost) == compared and are_whole and all(each.database != database for each in lost):
        raise Stuck(
            f"none of the heads that are kept, of the database at {lost[0].database}, is in the logs at {database}:"
            " keep those of each installation in a file of its own; is it the same one, look closely"
            " (docs/operations.md, Kept heads)"
        )


def _document(name: str, outcome: Verified, kept: Collection[KeptHead]) -> dict[str, Any]:
    return {
        "log": name,
        "whole": _is_whole(outcome),
        "events": outcome.events,
        "head_hash": outcome.head_hash,
        "broken_at": outcome.broken_at,
        "reason": outcome.reason,
        "not_opened": outcome.not_opened,
        "kept_heads": len(kept),
        "lost_heads": [each.model_dump(mode="json") for each in _lost(kept, outcome)],
    }


async def _verify(settings: Settings, log: EventLog, kept: Collection[KeptHead]) -> Verified:
    expected = {each.head for each in kept}
    async with administrator(settings.admin_database_url(), log.schema) as connection:
        total = await head(connection)
        with progress_bar(f"verifying {log.name}", total) as advance:
            return await verify_log(connection, lambda position: advance(position, None), expected)


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
