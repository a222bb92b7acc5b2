"""Names of temporary and backup files, and what they tell about an attempt that broke off. Pure.

A temporary file's name says what the file was and what it should become, by the beginnings of their SHA-256. So the
next attempt knows an unfinished write from a file that somebody edited, whatever else was lost.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from banstream_ftp_sync.plan import digest

_SHORT = 16
_NEW_FILE = "0" * _SHORT
_SUFFIX = re.compile(rf"^\.([0-9a-f]{{{_SHORT}}})-([0-9a-f]{{{_SHORT}}})\.banstream-tmp$")


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary file: its path, and the beginnings of the digests of the old and of the new content."""

    path: str
    old: str
    new: str


class Healing(Enum):
    """What an unfinished attempt needs: the backup renamed or written back, a torn new file removed, or nothing."""

    NONE = "none"
    RENAME_BACK = "rename back"
    WRITE_BACK = "write back"
    REMOVE = "remove"


def short_digest(content: bytes | None) -> str:
    """The beginning of a content's digest; of a file that was not there, zeros."""
    return _NEW_FILE if content is None else digest(content)[:_SHORT]


def temporary_path(path: str, old: bytes | None, new: bytes) -> str:
    """Where the new content goes first; no leading dot, as servers leave such names out of listings."""
    return f"{path}.{short_digest(old)}-{short_digest(new)}.banstream-tmp"


def backup_path(path: str) -> str:
    """Where the old file is kept on servers that do not rename onto a file that is there."""
    return f"{path}.banstream-backup"


def temporaries(path: str, names: Iterable[str]) -> list[Temporary]:
    """The temporary files of this file among the names in its folder, and of no other file."""
    folder, slash, base = path.rpartition("/")
    found = []
    for name in names:
        matched = _SUFFIX.match(name.removeprefix(base)) if name.startswith(base) else None
        if matched:
            found.append(Temporary(f"{folder}{slash}{name}", matched[1], matched[2]))
    return found


def healing(temporary: Temporary, content: bytes | None, backup: bytes | None, intended: bytes | None) -> Healing:
    """What to do about an unfinished write, from the file, the backup and the temporary file as they are now.

    Only a backup that is certainly the old file is used, and only for a file that is gone or certainly torn.
    """
    if short_digest(content) in {temporary.old, temporary.new}:
        return Healing.NONE
    has_backup = backup is not None and short_digest(backup) == temporary.old
    if content is None:
        return Healing.RENAME_BACK if has_backup else Healing.NONE
    is_torn = intended is not None and short_digest(intended) == temporary.new and intended.startswith(content)
    if is_torn and temporary.old == _NEW_FILE:
        return Healing.REMOVE
    return Healing.WRITE_BACK if is_torn and has_backup else Healing.NONE
