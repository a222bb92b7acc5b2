"""What can become of a request to the other side, as exceptions where it did not arrive."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived. `message_id` is Discord's."""

    answer: int
    message_id: str | None = None


class NotSent(Exception):
    """It did not arrive, or nobody can say that it did. The message is for admins and names no secret."""

    def __init__(self, message: str, answer: int | None = None) -> None:
        super().__init__(message)
        self.answer = answer


class TryLater(NotSent):
    """It may arrive later. `seconds` is how long the other side wants us to wait; None leaves it to us."""

    def __init__(self, message: str, answer: int | None = None, seconds: float | None = None) -> None:
        super().__init__(message, answer)
        self.seconds = seconds


class NotNow(TryLater):
    """We are too fast: that is no failure of the other side."""


class OldEditsLimited(NotNow):
    """Too many changes of messages that are older than an hour: new messages and other changes are taken."""


class Refused(NotSent):
    """It will never be taken as it is; others may be. `parts` of it are wrong, where the other side says which."""

    def __init__(self, message: str, answer: int | None = None, parts: Iterable[str] = ()) -> None:
        super().__init__(message, answer)
        self.parts = frozenset(parts)


class ThreadArchived(Refused):
    """The message stands in a thread that was archived: nothing in there changes until something new opens it."""


class Unfinished(NotSent):
    """A part of it arrived and is written down; the rest is for requests after others."""


class Gone(NotSent):
    """The target does not exist any more."""


class MessageGone(NotSent):
    """The message that was to be changed does not exist any more."""
