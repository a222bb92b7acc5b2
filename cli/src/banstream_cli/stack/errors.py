"""The one kind of trouble that an operator can put right."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OF_ANOTHER = "run this as who owns the folder, or set BANSTREAM_DATA_DIR to one of your own"
_FULL = "make room there"
_ADVICE = {
    errno.EACCES: _OF_ANOTHER,
    errno.EPERM: _OF_ANOTHER,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}


class StackError(Exception):
    """The stack cannot start, or cannot go on; the message is one line for the operator."""


@contextmanager
def folder_trouble(folder: Path) -> Iterator[None]:
    """Say plainly what the file system refuses in the data folder."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        advice = _ADVICE.get(error.errno or 0, "set BANSTREAM_DATA_DIR to a folder that may be written")
        raise StackError(
            f"the data folder {folder} cannot be used: {error.strerror or error} ({where}); {advice}"
        ) from error
