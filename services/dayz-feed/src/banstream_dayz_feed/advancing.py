"""Bytes of a log to findings, and to the position after them. Pure but for what the rules remember."""

from dataclasses import dataclass

from banstream_dayz_feed.lines.reading import Line, Reader
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding


@dataclass(frozen=True, slots=True)
class Advanced:
    """The position after some bytes, and what the rules found in them."""

    position: Position
    findings: tuple[Finding, ...]


def advance(position: Position, detector: Detector, content: bytes) -> Advanced:
    """Read the whole lines of `content`, which stands at the position's offset."""
    reader = Reader(position.label, position.reading)
    lines = list(reader.feed(content))
    moved = position.read(content, reader.state, len(lines), _unknown(lines))
    return Advanced(moved, tuple(found for line in lines for found in detector.examine(line)))


def conclude_log(position: Position, detector: Detector, content: bytes) -> Advanced:
    """Read the rest of a log that grows no more, also a last line that no line end follows."""
    reader = Reader(position.label, position.reading)
    lines = list(reader.feed(content))
    last = reader.finish()
    if last is not None:
        lines.append(last)
    moved = position.read(content, reader.state, len(lines), _unknown(lines))
    return Advanced(moved, tuple(found for line in lines for found in detector.examine(line)))


def _unknown(lines: list[Line]) -> int:
    return sum(1 for line in lines if line.event is None)
