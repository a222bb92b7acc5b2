"""The golden files: an example and the JSON Schema of every message, as they have been promised.

`python -m banstream_contracts.documents.golden FOLDER` writes what is new. It refuses to write anything while a message
has lost or narrowed something: whoever means to break the contract deletes the file of that message first.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from banstream_contracts.documents.catalogue import Message, messages
from banstream_contracts.documents.compatibility import breaks
from banstream_contracts.documents.schemas import Schema


def file_name(message: Message) -> str:
    """The name of a message's files: `command.issue_infraction.json`."""
    return f"{message.kind}.{message.name}.json"


def golden_files() -> dict[str, str]:
    """What the folder holds for today's contracts, by path."""
    files = {}
    for message in messages():
        files[file_name(message)] = _text(message.example_json)
        files[f"schemas/{file_name(message)}"] = _text(message.schema)
    return files


def broken_promises(folder: Path) -> list[str]:
    """Everything that the files in the folder promise and today's contracts do not keep."""
    today = {file_name(message): message for message in messages()}
    found = []
    for path in sorted(folder.glob("*.json")):
        message = today.get(path.name)
        if message is None:
            found.append(f"{path.name}: this message is gone")
            continue
        found += [f"{path.name}: {what}" for what in _unkept(message, path, folder / "schemas" / path.name)]
    return found


def write(folder: Path) -> list[str]:
    """Write the files that are new or have changed, unless a promise is broken; returns the broken ones."""
    if broken := broken_promises(folder):
        return broken
    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in golden_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return []


def _unkept(message: Message, golden: Path, schema: Path) -> list[str]:
    if not schema.exists():
        return ["its schema file is missing"]
    promised: Schema = json.loads(schema.read_bytes())
    unkept = breaks(promised, message.schema, is_sent=not message.kind.is_answered)
    try:
        written = message.write(message.read(golden.read_bytes()))
    except ValidationError as error:
        return [*unkept, f"can no longer be read: {error}"]
    return unkept if _holds(written, json.loads(golden.read_bytes())) else [*unkept, "is written in another way"]


def _holds(written: Any, promised: Any) -> bool:  # noqa: ANN401 - any JSON values
    """Whether all that was promised is there; a newer model may write more."""
    if isinstance(written, dict) and isinstance(promised, dict):
        return all(name in written and _holds(written[name], value) for name, value in promised.items())
    if isinstance(written, list) and isinstance(promised, list):
        return len(written) == len(promised) and all(map(_holds, written, promised))
    return bool(written == promised)


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the folder that is named; 1 with the reasons where that would break a promise."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m banstream_contracts.documents.golden FOLDER\n")
        return 2
    broken = write(Path(arguments[0]))
    sys.stderr.writelines(f"{line}\n" for line in broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
