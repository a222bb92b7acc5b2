"""The one kind of trouble that an operator can put right."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StackError(Exception):
    """The stack cannot start, or cannot go on; the message is one line for the operator."""


@contextmanager
def folder_trouble(folder: Path) -> Iterator[None]:
    """Say plainly what the file system refuses in the data folder."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        raise StackError(
            f"the data folder {folder} cannot be used: {error.strerror or error} ({where}); "
            "set BANSTREAM_DATA_DIR to a folder that may be written"
        ) from error
