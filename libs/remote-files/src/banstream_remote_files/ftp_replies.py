"""What an FTP server's answer means; codes by RFC 959, texts where servers use one code for several things."""

from collections.abc import Iterable

from banstream_remote_files.errors import CutOff, NoSpace, ReadRefused, RemoteFileError, WriteRefused

_FULL_CODES = frozenset({"452", "552"})
_FULL_WORDS = ("no space", "disk full", "quota", "not enough space", "insufficient storage")
_CUT_CODES = frozenset({"421", "425", "426"})
_MAX_DETAIL = 200


def spoken(code: str, lines: Iterable[str] | str, secret: str) -> str:
    """The answer as one short printable line, without the password should the server repeat it."""
    text = lines if isinstance(lines, str) else " ".join(lines)
    safe = text.replace(secret, "***") if secret else text
    printable = "".join(character if character.isprintable() else " " for character in safe)
    return f"{code} {printable.strip()}"[:_MAX_DETAIL]


def is_full(code: str, detail: str) -> bool:
    """Whether the answer says that nothing more can be stored."""
    return code in _FULL_CODES or any(word in detail.lower() for word in _FULL_WORDS)


def error_of_read(code: str) -> type[RemoteFileError]:
    """Which error an unwelcome answer to a reading command is; whether the file is there is asked separately."""
    return CutOff if code in _CUT_CODES else ReadRefused


def error_of_write(code: str, detail: str) -> type[RemoteFileError]:
    """Which error an unwelcome answer to a writing command is."""
    if is_full(code, detail):
        return NoSpace
    return CutOff if code in _CUT_CODES else WriteRefused
