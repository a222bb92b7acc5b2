"""`banstream export bans`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.api import open_api
from banstream_cli.output import say
from banstream_cli.paging import each
from banstream_cli.progress import progress_bar
from banstream_cli.settings import Settings
from banstream_cli.shown.ban_rows import Format, header, is_ban, line
from banstream_cli.target_file import opened

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
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Bans, newest first, with ids: for administrators. Times in UTC."""
    count = asyncio.run(_export(context.obj, Format.JSON if as_json else form, output, everything=everything))
    if output is not None:
        say(f"{count} bans in {output}")


async def _export(settings: Settings, form: Format, output: Path | None, *, everything: bool) -> int:
    """A page at a time, so that memory stays flat however many there are.

    The header comes with the first ban or at the end, so that nothing is written where no gateway answers.
    """
    count, unwritten = 0, header(form)
    async with open_api(settings) as api:
        with opened(output) as write, progress_bar("exporting bans") as advance:
            async for infraction in each(api, "/v1/infractions", active=None if everything else "true"):
                if is_ban(infraction):
                    write(unwritten + line(infraction, form))
                    unwritten = ""
                    count += 1
                    advance(count, None)
            write(unwritten)
    return count
