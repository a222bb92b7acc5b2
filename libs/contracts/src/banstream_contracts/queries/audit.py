"""What happened, by whom: the log of a service, read by staff. Every service answers the same question."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from banstream_contracts.infractions import Contract
from banstream_contracts.notifier_targets import EventPattern
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import HistoryEntry
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.text import ActorId

LogPlace = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A position in the log of one service."""


class ListEvents(Contract):
    """Events of one log, the last recorded first, without what is private.

    `kinds` empty means all. `actor` is the id of who did it, `player` whom it is about. `since` and `until` are about
    when it was recorded. `before` is the position that the page before ended at.
    """

    kinds: Annotated[tuple[EventPattern, ...], Field(max_length=50)] = ()
    actor: ActorId | None = None
    player: Player | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    before: LogPlace | None = None
    limit: PageLimit = 50


class EventPage(Contract):
    """A page; `next` is what the following one is asked `before`, null at the end.

    A page ends early where events are big, or where very many were looked at: all that was recorded at `next_at` and
    later has been looked at.
    """

    items: tuple[HistoryEntry, ...]
    next: LogPlace | None
    next_at: AwareDatetime | None = None
