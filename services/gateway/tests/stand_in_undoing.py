"""What the stand-in for infractions knows of what somebody did."""

from collections.abc import Iterable

from banstream_contracts.queries.undoing import Done, DonePage, ListDone


def found_done(asked: ListDone, done: Iterable[Done]) -> DonePage:
    """A page of what was done before a position, the last first. Pages hold two."""
    earlier = (each for each in done if asked.before is None or each.position < asked.before)
    items = sorted(earlier, key=_position, reverse=True)
    return DonePage(items=tuple(items[:2]), next=items[1].position if len(items) > 2 else None)


def _position(done: Done) -> int:
    return done.position
