"""What a process says that cannot start as it is set: a line for each setting, and where settings are described."""

import errno
import re
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

WRONGLY_SET = 2
"""Exit code."""
_PREFIX = "BANSTREAM_"
_UNBOUND = {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES}


@contextmanager
def settings_explained(page: str) -> Iterator[None]:
    """While settings are read: ends the process with WRONGLY_SET where one is missing or wrong.

    `page` is the document that describes them. What a setting holds is never said: it may be a secret.
    """
    try:
        yield
    except (ValidationError, SettingsError) as error:
        refuse([*lines_about(error), f"the settings are described in {page}"])


@contextmanager
def listening_explained(page: str) -> Iterator[None]:
    """While the process runs: ends it with WRONGLY_SET where it cannot listen at the address that is set."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNBOUND and not isinstance(error, socket.gaierror):
            raise
        why = error.strerror or type(error).__name__
        refuse([f"cannot listen ({why}): look at BANSTREAM_…_HOST and BANSTREAM_…_PORT, described in {page}"])


def refuse(lines: Sequence[str]) -> NoReturn:
    """Ends the process with WRONGLY_SET and these lines on stderr."""
    sys.stdout.flush()
    sys.stderr.write("".join(f"banstream: {line}\n" for line in lines))
    sys.exit(WRONGLY_SET)


def lines_about(error: ValidationError | SettingsError) -> list[str]:
    """A line for each setting: its variable, and what is expected of it."""
    if isinstance(error, SettingsError):  # its cause quotes the value
        field = re.search(r'field "(\w+)"', str(error))
        return [_line((field[1],) if field else (), "", "Input should be JSON")]
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [_line(tuple(map(str, each["loc"])), each["type"], each["msg"]) for each in found]


def _line(place: tuple[str, ...], kind: str, message: str) -> str:
    said = "must be set" if kind == "missing" else message.removeprefix("Value error, ")
    return f"{_PREFIX}{place[0].upper()}: {said}" if place else said
