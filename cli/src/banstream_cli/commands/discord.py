"""`banstream discord register|check`."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.arguments.options import Json, refuse
from banstream_cli.discord.api import PUBLIC_URL, open_commands, token_in
from banstream_cli.discord.difference import Difference, difference
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import print_json, print_line, print_table, say
from banstream_gateway.discord.registration import definitions

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Commands in Discord: /ban, /unban, /check, /history.",
    epilog="How to set them up: docs/discord-commands.md",
)

_COLUMNS = ("Command", "What", "Where")
_SNOWFLAKE = re.compile(r"[0-9]{1,20}")

Application = Annotated[
    str,
    typer.Option(
        "--application-id", metavar="ID", envvar="BANSTREAM_DISCORD_APPLICATION_ID", help="Of the application."
    ),
]
TokenFile = Annotated[Path, typer.Option("--token-file", metavar="FILE", help="A file that holds its bot token.")]
Guild = Annotated[str | None, typer.Option("--guild", metavar="ID", help="For this guild alone; else everywhere.")]
ApiUrl = Annotated[str, typer.Option("--api-url", envvar="BANSTREAM_DISCORD_API_URL", help="Discord's API.")]


@app.command()
def register(
    application_id: Application,
    token_file: TokenFile,
    guild: Guild = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    api_url: ApiUrl = PUBLIC_URL,
    as_json: Json = False,
) -> None:
    """Tell Discord the commands, in place of all that it knows of this application there."""
    found = asyncio.run(_told(_ids(application_id, guild), token_file, api_url, is_dry=dry_run))
    if as_json:
        print_json({**found.as_json(), "registered": not dry_run})
        return
    print_table(_COLUMNS, _rows(found), "")
    if dry_run:
        say("nothing was registered")
    else:
        print_line(("registered", "green"), (f"for the guild {guild}" if guild else "everywhere", ""))


@app.command()
def check(
    application_id: Application,
    token_file: TokenFile,
    guild: Guild = None,
    api_url: ApiUrl = PUBLIC_URL,
    as_json: Json = False,
) -> None:
    """Whether Discord knows the commands as they are. Exits 1 where it does not."""
    found = asyncio.run(_told(_ids(application_id, guild), token_file, api_url, is_dry=True))
    if as_json:
        print_json(found.as_json())
    else:
        print_table(_COLUMNS, _rows(found), "")
    if not found.is_none:
        raise AnswerIsNo("Discord knows other commands; run `banstream discord register`")


def _ids(application_id: str, guild: str | None) -> tuple[str, str | None]:
    for name, value in (("--application-id", application_id), ("--guild", guild)):
        if value is not None and not _SNOWFLAKE.fullmatch(value):
            refuse(f"{name} is a number, as Discord shows it in developer mode")
    return application_id, guild


async def _told(ids: tuple[str, str | None], token_file: Path, api_url: str, *, is_dry: bool) -> Difference:
    application_id, guild = ids
    wanted = definitions(is_global=guild is None)
    async with open_commands(api_url, application_id, guild, token_in(token_file)) as commands:
        found = difference(await commands.read(), wanted)
        if not is_dry:
            await commands.overwrite(wanted)
    return found


def _rows(found: Difference) -> Iterator[tuple[str, str, str]]:
    yield from ((f"/{name}", "added", "") for name in found.added)
    yield from ((f"/{name}", "changed", ", ".join(fields)) for name, fields in found.changed.items())
    yield from ((f"/{name}", "removed", "") for name in found.removed)
    yield from ((f"/{name}", "unchanged", "") for name in found.unchanged)
