"""Files that only their owner may read, replaced as a whole or not at all."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp

from banstream_cli.stack.errors import StackError


def write_private(path: Path, text: str) -> None:
    """Replace the file with mode 0600; after a power cut it holds the old text or the new one."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove_unfinished(folder: Path) -> None:
    """Whoever was killed in the middle of writing has left a file beside, which may hold secrets in force."""
    for kind in ("json", "env"):
        for left_behind in folder.glob(f".*.{kind}.*"):
            left_behind.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_private_json(path: Path, content: Mapping[str, object]) -> None:
    """The same for JSON, laid out for people."""
    write_private(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, object] | None:
    """The object in the file; None when there is no file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{path} is not readable JSON: {error}") from error
    if not isinstance(content, dict):
        raise StackError(f"{path} does not hold a JSON object")
    return content
