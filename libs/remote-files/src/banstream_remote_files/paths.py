"""Paths of files on other machines: text with `/`, whatever the other machine runs."""

_FIRST_PRINTABLE = " "
_DELETE = "\x7f"


def checked(path: str) -> str:
    """The same path. Raises ValueError for an empty one and for control characters, which are commands in FTP."""
    if not path:
        raise ValueError("a path is not empty")
    if any(character < _FIRST_PRINTABLE or character == _DELETE for character in path):
        raise ValueError("a path holds no control characters")
    return path


def folder_of(path: str) -> str:
    """The folder a file is in: `.` for a bare name, `/` for a file at the top."""
    folder, slash, _ = path.rpartition("/")
    if not slash:
        return "."
    return folder or "/"


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]
