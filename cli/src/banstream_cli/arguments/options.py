"""Arguments and options that several commands share."""

from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

import typer

from banstream_cli.arguments.validation import first_message
from banstream_contracts.players import Player, parse_player

T = TypeVar("T")
Given = TypeVar("Given")

_LONGEST_KEY = 255


def read(reading: Callable[[Given], T], value: Given) -> T:
    """What a value means; one that means nothing is wrong use, said in one line."""
    try:
        return reading(value)
    except ValueError as error:
        refuse(first_message(error))


def refuse(message: str) -> NoReturn:
    """End with exit code 2."""
    raise typer.BadParameter(message)


def player_of(text: str) -> Player:
    """The player that `SERVICE:ID` names, in canonical form."""
    return read(parse_player, text)


def as_written(text: str) -> dict[str, str]:
    """The player to send: Minecraft names as they were typed, since they are compared without case and shown so."""
    whole = player_of(text)
    return {"service": whole.service, "id": text.partition(":")[2] if whole.service == "minecraft" else whole.id}


def _sendable(key: str | None) -> str | None:
    """What the gateway takes as a key; an empty one, as of a variable that is not set, would make none the same."""
    if key is not None and not (key.isascii() and key.isprintable() and 0 < len(key) <= _LONGEST_KEY):
        refuse(f"a key is 1 to {_LONGEST_KEY} printable ASCII characters")
    return key


PlayerText = Annotated[str, typer.Argument(metavar="SERVICE:ID", help="For example roblox:123456789.")]
InfractionId = Annotated[str, typer.Argument(metavar="ID", help="Of an infraction, 24 hex digits.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout and nothing else.")]
ReasonText = Annotated[str, typer.Option("--reason", help="Why; the player reads it.")]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="IDEMPOTENCY", help="The same key again does nothing twice.", callback=_sendable),
]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
All = Annotated[bool, typer.Option("--all", help="All there are, however many.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
