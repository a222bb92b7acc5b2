"""What the stand-in for infractions knows of a moment."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from banstream_contracts import subjects
from banstream_contracts.infractions import Infraction, Standing
from banstream_contracts.queries.past import GetPast, ListPast, PastFound, PastPage

RECORDED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Then:
    """The same of every moment. `head` is where the log ends."""

    head: int = 1234
    standings: tuple[Standing, ...] = ()
    items: tuple[Infraction, ...] = ()
    begins_at: datetime | None = None
    erased_at: datetime | None = None
    asked: list[GetPast | ListPast] = field(default_factory=list)

    def found(self, subject: str, payload: bytes) -> PastFound | PastPage | None:
        """The answer to a question; None to one of the present."""
        if subject not in {subjects.QUERY_PAST, subjects.QUERY_PAST_IN_FORCE}:
            return None
        asked = (GetPast if subject == subjects.QUERY_PAST else ListPast).model_validate_json(payload)
        self.asked.append(asked)
        position = self.head if asked.position is None else min(asked.position, self.head)
        at, items = asked.at or RECORDED_AT, self.items[: asked.limit]
        following = items[-1].id if len(items) < len(self.items) else None
        if isinstance(asked, ListPast):
            return PastPage(at=at, position=position, items=items, next=following, begins_at=self.begins_at)
        return PastFound(
            at=at,
            position=position,
            standings=self.standings,
            items=items,
            next=following,
            total=len(self.items),
            begins_at=self.begins_at,
            erased_at=self.erased_at,
        )
