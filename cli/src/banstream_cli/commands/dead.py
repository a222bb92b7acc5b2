"""`banstream dead list|show|retry|drop`."""

import asyncio
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import Json, refuse
from banstream_cli.arguments.times import show_moment
from banstream_cli.direct import dead_letters
from banstream_cli.direct.bus import operator
from banstream_cli.direct.dead_letters import DeadLetter
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo, Trouble
from banstream_cli.terminal.output import print_facts, print_json, print_line, print_table, say

app = typer.Typer(add_completion=False, no_args_is_help=True, help="What could not be handled: look, retry, drop.")

_COLUMNS = (
    "Seq",
    "Time",
    "Consumer",
    "Subject",
    "Reason",
)
Sequence = Annotated[int, typer.Argument(min=1, metavar="SEQ", help="As `banstream dead list` shows it.")]


@app.command("list")
def list_letters(context: typer.Context, as_json: Json = False) -> None:
    """What could not be handled, oldest first."""
    found = asyncio.run(_all(context.obj))
    if as_json:
        print_json({"items": [_document(each) for each in found]})
    else:
        rows = ((str(each.sequence), _time(each), each.consumer, each.subject, each.reason) for each in found)
        print_table(_COLUMNS, rows, "no dead letters: everything could be handled")


@app.command()
def show(context: typer.Context, sequence: Sequence, as_json: Json = False) -> None:
    """One of them with its content."""
    found = asyncio.run(_one(context.obj, sequence))
    if as_json:
        print_json({**_document(found), "headers": dict(found.given), "content": found.content})
        return
    facts = [
        ("Seq", str(found.sequence)),
        ("Time", _time(found)),
        ("Consumer", found.consumer),
        ("Subject", found.subject),
        ("Reason", found.reason),
    ]
    print_facts([*facts, ("Content", found.payload.decode(errors="backslashreplace"))])


@app.command()
def retry(
    context: typer.Context,
    sequences: Annotated[list[int] | None, typer.Argument(min=1, metavar="SEQ…", help="Which.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All there are.")] = False,
    as_json: Json = False,
) -> None:
    """Send commands again; each leaves the dead letters once it is stored."""
    if everything == bool(sequences):
        refuse("name the dead letters to retry, or --all, and not both")
    retried, kept = asyncio.run(_retry(context.obj, sequences or []))
    if as_json:
        failed = [{"sequence": sequence, "reason": reason} for sequence, reason in kept]
        print_json({"retried": retried, "kept": failed})
    elif not kept:
        print_line((f"{len(retried)} sent again", "green"))
    if kept:
        for _, reason in kept[1:]:
            say(reason)
        raise AnswerIsNo(kept[0][1])


@app.command()
def drop(
    context: typer.Context,
    sequence: Sequence,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, for good.")] = False,
    as_json: Json = False,
) -> None:
    """Let one go for good."""
    if not yes:
        refuse("it is gone for good then; say --yes")
    asyncio.run(_drop(context.obj, sequence))
    if as_json:
        print_json({"dropped": sequence})
    else:
        print_line((f"dead letter {sequence} dropped", ""))


async def _all(settings: Settings) -> list[DeadLetter]:
    async with operator(settings.nats()) as client:
        return [each async for each in dead_letters.letters(client)]


async def _one(settings: Settings, sequence: int) -> DeadLetter:
    async with operator(settings.nats()) as client:
        return await dead_letters.letter(client, sequence)


async def _retry(settings: Settings, sequences: list[int]) -> tuple[list[int], list[tuple[int, str]]]:
    """What was sent again, and what stays with the reason why."""
    retried: list[int] = []
    kept: list[tuple[int, str]] = []
    async with operator(settings.nats()) as client:
        named = sequences or [each.sequence async for each in dead_letters.letters(client)]
        for sequence in dict.fromkeys(named):
            try:
                await dead_letters.retry(client, await dead_letters.letter(client, sequence))
                retried.append(sequence)
            except Trouble as trouble:
                kept.append((sequence, str(trouble)))
    return retried, kept


async def _drop(settings: Settings, sequence: int) -> None:
    async with operator(settings.nats()) as client:
        await dead_letters.drop(client, (await dead_letters.letter(client, sequence)).sequence)


def _document(found: DeadLetter) -> dict[str, Any]:
    return {
        "sequence": found.sequence,
        "time": found.at.isoformat() if found.at else None,
        "consumer": found.consumer,
        "subject": found.subject,
        "reason": found.reason,
    }


def _time(found: DeadLetter) -> str:
    return show_moment(found.at) if found.at else "-"
