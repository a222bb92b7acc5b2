"""What a check found."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class State(StrEnum):
    """`skipped`: what the check needs is not there, and another check says so."""

    OK = "ok"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The name of a check, how it went, what was seen, and what to do about it."""

    check: str
    state: State
    seen: str
    todo: str = ""


Look: TypeAlias = Callable[[], Awaitable[tuple[str, str]]]
"""What was seen, and what to do; nothing to do where all is well."""


@dataclass(frozen=True, slots=True)
class Check:
    """A name and a look at something; `is_first` says so when what it needs cannot be reached, others are skipped."""

    name: str
    look: Look
    is_first: bool = True


class Skipped(Exception):
    """A check cannot look; the message says what for."""
