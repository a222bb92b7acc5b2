"""The one kind of trouble that an operator can put right."""

import errno
import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OF_ANOTHER = "run this as who owns the folder, or set BANSTREAM_DATA_DIR to one of your own"
_FULL = "make room there"
_SCARCE_BYTES = 64 << 20
"""A start alone takes 16 MB for a segment of Postgres' log."""
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
        if advice is _OF_ANOTHER and (owner := _other_owner(Path(str(where)))):
            advice = (
                f"it belongs to {owner}: run this as {owner}, or set BANSTREAM_DATA_DIR to another folder, or stop what"
                f" runs there and let root give it to you (chown -R {user_name(os.geteuid())} {folder})"
            )
        raise StackError(
            f"the data folder {folder} cannot be used: {error.strerror or error} ({where}); {advice}"
        ) from error


def scarce_room(folder: Path) -> str:
    """To be said after any trouble where the disk is as good as full; else empty."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    return f" (the disk of {folder} has {free >> 20} MB left: make room there)" if free < _SCARCE_BYTES else ""


def _other_owner(path: Path) -> str | None:
    """Who owns the file, or the nearest folder above that is there; None where that is ourselves or cannot be seen."""
    for each in (path, *path.parents):
        try:
            owner = each.stat().st_uid
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return None if owner == os.geteuid() else user_name(owner)
    return None


def user_name(uid: int) -> str:
    """The number where nobody has it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
