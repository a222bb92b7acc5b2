"""`banstream export bans`."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import refuse
from banstream_cli.gateway.api import Api, open_api
from banstream_cli.gateway.paging import each
from banstream_cli.gateway.past import Then, everybody, then_of
from banstream_cli.settings import Settings
from banstream_cli.shown.ban_rows import Format, header, is_ban, line
from banstream_cli.shown.past_wording import say_what_is_missing
from banstream_cli.terminal.output import say
from banstream_cli.terminal.progress import progress_bar
from banstream_cli.terminal.target_file import opened
from banstream_contracts.infractions import Punishment

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Write things out for other programs.")


@app.callback()
def export() -> None:
    """Write things out for other programs."""


@app.command()
def bans(
    context: typer.Context,
    form: Annotated[
        Format, typer.Option("--format", help="csv: a table for spreadsheets; json: one document a line.")
    ] = Format.CSV,
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Instead of stdout.")] = None,
    everything: Annotated[
        bool, typer.Option("--all/--in-force", help="Also those that ended, or only those in force.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Those in force then: 2h (ago), or a time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Bans, newest first, with ids: for administrators. Times in UTC."""
    then = then_of(at)
    if then and everything:
        refuse("--at tells what was in force then: leave out --all")
    count = asyncio.run(_export(context.obj, Format.JSON if as_json else form, output, _Wanted(everything, then)))
    if output is not None:
        say(f"{count} bans in {output}")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Bans that ended too, or those in force now, or at a moment."""

    everything: bool
    then: Then | None

    async def of(self, api: Api) -> AsyncIterator[dict[str, Any]]:
        """Infractions, a page at a time."""
        if self.then is None:
            async for infraction in each(api, "/v1/infractions", active=None if self.everything else "true"):
                yield infraction
            return
        async for page in everybody(api, self.then, Punishment.BAN):
            say_what_is_missing(page)
            for infraction in page["items"]:
                yield infraction


async def _export(settings: Settings, form: Format, output: Path | None, wanted: _Wanted) -> int:
    """A page at a time, so that memory stays flat however many there are.

    The header comes with the first ban or at the end, so that nothing is written where no gateway answers.
    """
    count, unwritten = 0, header(form)
    async with open_api(settings) as api:
        with opened(output) as write, progress_bar("exporting bans") as advance:
            async for infraction in wanted.of(api):
                if is_ban(infraction):
                    write(unwritten + line(infraction, form))
                    unwritten = ""
                    count += 1
                    advance(count, None)
            write(unwritten)
    return count
