"""Evidence from a file: lines of a log, as one text that may travel on the bus."""

import sys
from pathlib import Path

from banstream_contracts.text import LINE_END, control_character

MOST_CHARACTERS = 10_000
_MOST_BYTES = 4 * MOST_CHARACTERS + 4
STDIN = Path("-")


def evidence_of(file: Path) -> str:
    """What a file or, for `-`, stdin holds. Raises ValueError for what cannot be kept whole."""
    try:
        content = _read(file)
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror or error}") from error
    if len(content) > _MOST_BYTES:
        raise _too_long()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 (at byte {error.start})") from error
    lines = [line.replace("\t", " ").rstrip() for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        if (found := control_character(line)) is not None:
            raise ValueError(f"line {number} of {file} holds the control character U+{ord(found):04X}")
    evidence = LINE_END.join(line for line in lines if line)
    if not evidence:
        raise ValueError(f"{'stdin' if file == STDIN else file} is empty")
    if len(evidence) > MOST_CHARACTERS:
        raise _too_long()
    return evidence


def _read(file: Path) -> bytes:
    """One byte more than can be told is enough to know."""
    if file == STDIN:
        return sys.stdin.buffer.read(_MOST_BYTES + 1)
    with file.open("rb") as opened:
        return opened.read(_MOST_BYTES + 1)


def _too_long() -> ValueError:
    return ValueError(f"evidence has at most {MOST_CHARACTERS} characters; name the lines that matter")
