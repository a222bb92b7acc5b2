"""What `banstream undo` and `banstream import undo` do alike: look, show, ask, do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import typer

from banstream_cli.arguments.options import refuse
from banstream_cli.gateway.api import Api, open_api
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo, Stuck, Unconfirmed
from banstream_cli.terminal.output import print_gap, say
from banstream_cli.terminal.progress import progress_bar

_PAGE_SECONDS = 20.0
"""The gateway itself answers within fifteen: ten to read a page of what was done, five to take it back."""

Found = TypeVar("Found")
Work: TypeAlias = Callable[[Api], AsyncIterator[int]]
"""Gives after each page how many infractions are dealt with."""


def look_ask_do(
    look: Callable[[], Found],
    show: Callable[[Found], None],
    ask: Callable[[Found], None],
    do: Callable[[Found | None], Found],
    *,
    dry_run: bool,
    yes: bool,
) -> Found | None:
    """What was done, None of a dry run; `do` gets what was seen before, where it was looked at.

    `ask` raises AnswerIsNo.
    """
    seen = None
    if dry_run or not yes:
        seen = look()
        show(seen)
        if dry_run:
            return None
        ask(seen)
        print_gap()
    return do(seen)


def only_asks_people(*, as_json: bool, dry_run: bool, yes: bool) -> None:
    """JSON is for programs: what would ask one is wrong use."""
    if as_json and not (yes or dry_run):
        refuse("--json does not ask: say --yes as well")


def confirm(what_it_does: str) -> None:
    """Raises AnswerIsNo where they say no."""
    typer.echo(what_it_does, err=True)
    if not typer.confirm("Take it back?", err=True):
        raise AnswerIsNo("nothing was taken back")


def carry_out(settings: Settings, title: str, total: int | None, work: Work, how_far: Callable[[], str]) -> None:
    """With a bar on the terminal. Raises Trouble that says how far it came, where it did not come to the end."""
    dealt_with = 0

    async def worked() -> None:
        nonlocal dealt_with
        async with open_api(settings, _PAGE_SECONDS) as api:
            with progress_bar(title, total) as advance:
                async for dealt_with in work(api):
                    advance(dealt_with, total)

    try:
        asyncio.run(worked())
    except KeyboardInterrupt:
        say(f"interrupted: {how_far()}")
        raise
    except (AnswerIsNo, Stuck) as trouble:
        if not dealt_with:
            raise
        kind = AnswerIsNo if isinstance(trouble, AnswerIsNo) else Stuck
        raise kind(f"{trouble}; {how_far()}") from trouble


def end(outcomes: Mapping[str, int], not_taken_back: Iterable[str]) -> None:
    """Raises AnswerIsNo where something stays as it is, Unconfirmed where something is not decided yet."""
    if count := sum(outcomes.get(name, 0) for name in not_taken_back):
        raise AnswerIsNo(f"{count} of {sum(outcomes.values())} infractions stay as they are")
    if waiting := outcomes.get("accepted", 0):
        raise Unconfirmed(f"{waiting} infractions are not taken back yet; the same command again says more")
