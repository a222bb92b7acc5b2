"""Options of `banstream import`, and what they mean."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter

from banstream_cli.arguments.options import read, refuse
from banstream_cli.importing.formats.table import FORMATS
from banstream_cli.importing.gathering import Kind
from banstream_cli.importing.rows import Format
from banstream_cli.importing.tidying import Where
from banstream_contracts.infractions import Scope
from banstream_contracts.text import ShortId, SourceName

_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")

ImportId = Annotated[str, typer.Argument(metavar="ID", help="Of an import, 24 hex digits.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="What to read; - is stdin.")]
FormatName = Annotated[str, typer.Option("--format", metavar="FORMAT", help="What the files are, as above.")]
SourceText = Annotated[
    str, typer.Option("--source", metavar="NAME", help="What you call that system, the same in each run.")
]
Service = Annotated[
    str | None, typer.Option("--service", help="Whose ids a list holds that does not say so: steam, roblox, …")
]
Zone = Annotated[str, typer.Option("--zone", help="Of times that name none: Europe/Berlin or +02:00.")]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="TOML", help="What the columns mean, for --format csv.")
]
HoldsWhere = Annotated[Scope | None, typer.Option("--scope", help="Where they shall hold; else as the file says.")]
OnServer = Annotated[str | None, typer.Option("--server", metavar="ID", help="On this server only.")]
Only = Annotated[list[Kind] | None, typer.Option("--only", help="Nothing else; may come several times.")]
RejectedFile = Annotated[
    Path | None, typer.Option("--rejected", metavar="FILE", help="Write what was not taken here, as JSON lines.")
]
Whole = Annotated[
    bool, typer.Option("--whole", help="The files hold all that this source has: lift what is in them no more.")
]
WholeMost = Annotated[
    int | None,
    typer.Option("--whole-most", metavar="N", min=1, help="Lift at most N, in place of 100 and of a half."),
]
GoOn = Annotated[str | None, typer.Option("--import-id", metavar="ID", help="Go on with a run that was interrupted.")]


def format_of(name: str) -> Format:
    """The format that a name is of. Raises ValueError."""
    if name not in FORMATS:
        raise ValueError(f"{name!r} is no format; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def source_of(name: str) -> str:
    """A name that a system may be called by. Raises ValueError."""
    try:
        return str(TypeAdapter(SourceName).validate_python(name))
    except ValueError:
        raise ValueError(
            f"{name!r} is no name of a source: lower-case letters, digits, '-', '_' and '.', at most 64"
        ) from None


def short_id_of(text: str) -> str:
    """The id of an import; what is none is wrong use."""
    try:
        return str(TypeAdapter(ShortId).validate_python(text))
    except ValueError:
        refuse(f"{text!r} is no id of an import: it has 24 hex digits, see `banstream import list`")


def zone_of(name: str) -> tzinfo:
    """A named zone, or an offset that holds the whole year. Raises ValueError."""
    if name == "UTC":
        return UTC
    if found := _OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-ahead if found[1] == "-" else ahead)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"{name!r} is no time zone; write Europe/Berlin or +02:00") from None


def where_of(scope: Scope | None, server: str | None) -> Where:
    """Where everything shall hold; without both, each where the file says."""
    if server is None:
        if scope is Scope.SERVER:
            refuse("--scope server needs --server ID")
        return Where(scope)
    if scope not in {None, Scope.SERVER}:
        refuse("--server goes with --scope server")
    return Where(Scope.SERVER, read(_server, server))


def _server(text: str) -> str:
    try:
        return str(TypeAdapter(ShortId).validate_python(text))
    except ValueError:
        raise ValueError(f"{text!r} is no id of a server: see `banstream servers list`") from None
