"""The navigation as somebody sees it: what they may, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from banstream_console.access.people import Person
from banstream_console.access.routing import Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One link; `is_here` where the page is that one or below it."""

    text_id: str
    path: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Links under one heading."""

    text_id: str
    lines: tuple[Line, ...]


def navigation(entries: Sequence[Entry], person: Person, path: str) -> list[Group]:
    """In the order of `entries`; groups with nothing in them are left out."""
    seen = [entry for entry in entries if person.may(entry.right)]
    here = max((entry.path for entry in seen if _covers(entry, path)), key=len, default=None)
    return [
        Group(
            group, tuple(Line(entry.text_id, entry.path, entry.path == here) for entry in seen if entry.group == group)
        )
        for group in dict.fromkeys(entry.group for entry in seen)
    ]


def _covers(entry: Entry, path: str) -> bool:
    if entry.is_alone:
        return path == entry.path
    return any(path == above or path.startswith(f"{above}/") for above in (entry.path, *entry.also))
