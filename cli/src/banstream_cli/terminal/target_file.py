"""Where an export goes: stdout, or a file that is whole or not there."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TextIO

from banstream_cli.terminal.exits import Stuck

Write = Callable[[str], None]


@contextmanager
def opened(path: Path | None) -> Iterator[Write]:
    """Writes to stdout, to a device, or to a file that takes the place of the old one when all is written.

    The new file is for its owner only. Raises Stuck where it cannot be written; a closed pipe stays one.
    """
    if path is None:
        yield _checked(sys.stdout, "stdout")
    elif is_replaced(path):
        yield from _replacing(path.resolve())
    else:
        with writing(path):
            device = path.open("w", encoding="utf-8")
        with _closed(device, path):
            yield _checked(device, path)


@contextmanager
def opened_binary(path: Path) -> Iterator[IO[bytes]]:
    """A file for its owner only that takes the place of the old one when all is written, or a device or pipe.

    Raises Stuck.
    """
    if not is_replaced(path):
        with writing(path), path.open("wb") as device:
            yield device
        return
    path = path.resolve()
    with writing(path):
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with writing(path), os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with writing(path):
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def is_replaced(path: Path) -> bool:
    """Whether a new file takes the place of what is there: never of a device or a pipe, which are written into."""
    with writing(path):
        return not path.exists() or stat.S_ISREG(path.stat().st_mode)


@contextmanager
def writing(target: Path | str) -> Iterator[None]:
    """Faults of the target, told apart from those of what is exported."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Stuck(f"{target} cannot be written: {error.strerror or error}") from error


def _checked(file: TextIO, name: Path | str) -> Write:
    def write(text: str) -> None:
        with writing(name):
            file.write(text)

    return write


@contextmanager
def _closed(file: TextIO, name: Path) -> Iterator[TextIO]:
    """The file; what its buffer still holds is written as it closes, unless something else went wrong before."""
    try:
        yield file
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    with writing(name):
        file.close()


def _replacing(path: Path) -> Iterator[Write]:
    with writing(path):
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with _closed(os.fdopen(handle, "w", encoding="utf-8", newline=""), path) as file:
            yield _checked(file, path)
            with writing(path):
                file.flush()
                os.fsync(file.fileno())
        with writing(path):
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
