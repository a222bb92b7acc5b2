"""Names of temporary files, backups and notes, and what they tell about an attempt that broke off. Pure.

A temporary file's name says what the file was and what it should become, by the beginnings of their SHA-256. So the
next attempt knows an unfinished write from a file that somebody edited, whatever else was lost.

Where nothing can be deleted, that would be a new name for ever with each write: there a note says it, in one file that
is written again and again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from banstream_ftp_sync.applying.plan import digest

_SHORT = 16
_NEW_FILE = "0" * _SHORT
_DIGESTS = rf"([0-9a-f]{{{_SHORT}}})-([0-9a-f]{{{_SHORT}}})"
_SUFFIX = re.compile(rf"^\.{_DIGESTS}\.banstream-tmp$")
_NOTE = re.compile(rf"^{_DIGESTS}\n".encode())

SPENT = b"banstream needs this file no more, and may not delete it\n"
"""What a file of ours holds that has to stay."""


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary file or a note: its path, and the beginnings of the digests of the old and of the new content."""

    path: str
    old: str
    new: str


class Healing(Enum):
    """What an unfinished attempt needs.

    The backup renamed or written back, a torn new file removed, the new file put in its place, the old one put over a
    damaged one, a person who looks at what is there, or nothing.
    """

    NONE = "none"
    RENAME_BACK = "rename back"
    WRITE_BACK = "write back"
    REMOVE = "remove"
    FINISH = "finish"
    PUT_BACK = "put back"
    LEAVE = "leave"


def short_digest(content: bytes | None) -> str:
    """The beginning of a content's digest; of a file that was not there, zeros."""
    return _NEW_FILE if content is None else digest(content)[:_SHORT]


def temporary_path(path: str, old: bytes | None, new: bytes) -> str:
    """Where the new content goes first; no leading dot, as servers leave such names out of listings."""
    return f"{path}.{short_digest(old)}-{short_digest(new)}.banstream-tmp"


def backup_path(path: str) -> str:
    """Where the old file is kept on servers that do not rename onto a file that is there."""
    return f"{path}.banstream-backup"


def note_path(path: str) -> str:
    """What is there on servers that neither rename nor delete."""
    return f"{path}.banstream-note"


def note_of(old: bytes | None, new: bytes) -> bytes:
    """A note that says what is about to be written."""
    return f"{short_digest(old)}-{short_digest(new)}\n".encode() + new


def read_note(path: str, content: bytes) -> tuple[Temporary, bytes] | None:
    """Of a note, what was about to be written; None where it says nothing."""
    matched = _NOTE.match(content)
    if not matched:
        return None
    return Temporary(note_path(path), matched[1].decode(), matched[2].decode()), content[matched.end() :]


def temporaries(path: str, names: Iterable[str]) -> list[Temporary]:
    """The temporary files of this file among the names in its folder, and of no other file."""
    folder, slash, base = path.rpartition("/")
    found = []
    for name in names:
        matched = _SUFFIX.match(name.removeprefix(base)) if name.startswith(base) else None
        if matched:
            found.append(Temporary(f"{folder}{slash}{name}", matched[1], matched[2]))
    return found


def is_whole(temporary: Temporary, intended: bytes) -> bool:
    """Whether it holds what it says: one that does not was never used, or is spent."""
    return short_digest(intended) == temporary.new


def healing(
    temporary: Temporary, content: bytes | None, backup: bytes | None, intended: bytes, good: str | None = None
) -> Healing:
    """What to do about an unfinished write, from the file, the backup and the whole temporary file as they are now.

    `good` is the SHA-256 of the file at the last good read: what was to become that again is the old file, which was
    on its way back over a damaged one.

    Only a backup that is certainly the old file is used, and only for a file that is gone or certainly torn: by the
    write itself, or by an earlier attempt to put the old file back. Where there is none, a file that is gone was taken
    away by a server that renames in two steps: the new file has all that was in it.
    """
    if short_digest(content) == temporary.new:
        return Healing.NONE
    is_torn = content is not None and intended.startswith(content)
    if (
        good
        and good.startswith(temporary.new)
        and (content is None or is_torn or short_digest(content) == temporary.old)
    ):
        return Healing.PUT_BACK
    if short_digest(content) == temporary.old:
        return Healing.NONE
    if temporary.old == _NEW_FILE:
        return Healing.REMOVE if is_torn else Healing.NONE
    if content is None and backup is None:
        return Healing.FINISH
    if backup is None or short_digest(backup) != temporary.old:
        return Healing.LEAVE if content is None else Healing.NONE
    if content is None:
        return Healing.RENAME_BACK
    return Healing.WRITE_BACK if is_torn or backup.startswith(content) else Healing.NONE
