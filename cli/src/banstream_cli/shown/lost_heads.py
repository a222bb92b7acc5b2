"""What is said of heads that were kept and are in their log no more."""

from collections.abc import Collection

from banstream_cli.arguments.times import show_moment
from banstream_cli.direct.kept_heads import KeptHead
from banstream_event_log.verification import Head

_SEE = "(docs/operations.md, Kept heads)"


def lost_complaint(log: str, kept: Collection[KeptHead], lost: frozenset[Head], events: int) -> str:
    """Of a log of so many events by its name: which of the heads that were kept of it is lost first, and why."""
    first = min((each for each in kept if each.head in lost), key=lambda each: (each.position, each.kept_at))
    held = max((each.position for each in kept if each.head not in lost and each.position < first.position), default=0)
    head = f"the head of position {first.position} that was kept at {show_moment(first.kept_at)}"
    if events < first.position:
        return (
            f"{log}: the log ends at position {events}, before {head}:"
            f" its end was cut off since then, or it was restored from an older backup {_SEE}"
        )
    known = f" It holds up to position {held}." if held else ""
    return (
        f"{log}: {head} is not in the log: what is there up to that position was rewritten since then,"
        f" or the log was restored to another state {_SEE}.{known}"
    )
