"""What several databases of bans say in the same way: addresses in binary, and bans that are no longer there. Pure."""

from datetime import datetime

from banstream_cli.importing.rows import Lifted
from banstream_cli.importing.values import address

_OUTSIDE_CP1252 = frozenset("\x81\x8d\x8f\x90\x9d")
"""What MySQL's latin1 keeps as it is, and Python's cp1252 does not know."""

_BINARY = frozenset({8, 32})
"""Hexadecimal digits of an IPv4 and of an IPv6 address."""


def database_address(cell: str) -> str:
    r"""An address as text, or in hexadecimal as `hex()`, `\x…` of PostgreSQL and `0x…` write binary ones.

    Raises ValueError.
    """
    digits = cell.removeprefix("\\x").removeprefix("0x")
    if len(digits) in _BINARY:
        try:
            return address(bytes.fromhex(digits))
        except ValueError:
            pass
    return address(cell)


def is_uuid(text: str) -> bool:
    """Whether it is a UUID of Minecraft, with dashes or without."""
    digits = text.replace("-", "")
    return len(digits) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in digits)  # noqa: PLR2004


def lifted_unless_over(expires_at: datetime | None, now: datetime) -> Lifted | None:
    """What is not in force there has been lifted by somebody, unless it has simply run out."""
    return None if expires_at is not None and expires_at <= now else Lifted()


def encoded_once(text: str) -> str:
    """A text that was UTF-8 in a table of latin1, as it was meant: `JÃ¶rg` is Jörg. Any other stays as it is."""
    if text.isascii():
        return text
    try:
        return b"".join(_latin1(character) for character in text).decode()
    except UnicodeError:
        return text


def _latin1(character: str) -> bytes:
    return character.encode("latin-1" if character in _OUTSIDE_CP1252 else "cp1252")
