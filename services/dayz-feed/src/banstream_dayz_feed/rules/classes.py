"""Matching what was built against lists of classes: by class, or by the name shown where there is no class."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from banstream_dayz_feed.lines.events import Built, Event, Placed, ShelterBuilt


def names_of(event: Event) -> tuple[str, ...]:
    """What an event names the thing it is about; empty for events that build nothing."""
    match event:
        case Placed():
            return (event.class_name, event.item) if event.class_name else (event.item,)
        case Built():
            return (event.target,)
        case ShelterBuilt():
            return (event.class_name,)
        case _:
            return ()


def wanted(names: tuple[str, ...], patterns: Sequence[str]) -> str | None:
    """The first pattern that fits one of the names, in whatever case."""
    for pattern in patterns:
        if pattern == "*" or any(fnmatchcase(name.lower(), pattern.lower()) for name in names):
            return pattern
    return None
