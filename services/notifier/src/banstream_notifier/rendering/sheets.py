"""What a message says, before it is said in a language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from banstream_contracts.infractions import Severity

RED, ORANGE, YELLOW, BLUE, GREEN, GREY = 0xFF0000, 0xFF6600, 0xFFC300, 0x3498DB, 0x2ECC71, 0x95A5A6
OF_SEVERITY: Mapping[Severity | None, int] = {
    Severity.CRITICAL: RED,
    Severity.HIGH: ORANGE,
    Severity.MEDIUM: YELLOW,
    Severity.LOW: BLUE,
    None: ORANGE,
}
"""The two upper ones are the seed's; what has no severity is shown like a grave one."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Text of others, in which a URL may be followed where `links`."""

    text: str
    links: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Text of others, verbatim, in a line."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Text of others, verbatim, however long."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, which each reader sees in a zone of their own."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Lasting:
    """A duration in seconds; None for good."""

    seconds: int | None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of ours by its id, with arguments."""

    text_id: str
    arguments: "Mapping[str, Value | int]"


@dataclass(frozen=True, slots=True)
class Listed:
    """Several, one after the other; `between` them."""

    values: "tuple[Value, ...]"
    between: str = ", "


Value = Plain | Code | Block | Moment | Lasting | Phrase | Listed


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an embed under a label."""

    label: str
    value: Value
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One embed."""

    title: Phrase
    rows: tuple[Row, ...]
    colour: int
    at: datetime | None
    footer: Phrase | None = None


def phrase(text_id: str, **arguments: Value | int) -> Phrase:
    """A text of ours."""
    return Phrase(text_id, arguments)
