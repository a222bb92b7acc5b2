"""What the stand-in for infractions knows of who else is known at an address."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from banstream_contracts import subjects
from banstream_contracts.players import Player
from banstream_contracts.queries.linked import GetLinked, Link, LinkedFound

ASKED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Linked:
    """The same of every player."""

    items: tuple[Link, ...] = ()
    total: int = 0
    asked: list[Player] = field(default_factory=list)

    def found(self, subject: str, payload: bytes) -> LinkedFound | None:
        """The answer to a question; None to another one."""
        if subject != subjects.QUERY_LINKED:
            return None
        self.asked.append(GetLinked.model_validate_json(payload).player)
        return LinkedFound(at=ASKED_AT, items=self.items, total=self.total, addresses=1, addresses_total=1)
