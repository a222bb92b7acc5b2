"""What the files hold, row by row, so that what was imported before and is not among it can be told. Pure."""

from dataclasses import dataclass, field

_KNOWN_HERE = frozenset({"new", "changed", "same", "left"})


@dataclass(slots=True)
class Presence:
    """Rows by the infraction that each is here; where that is not known for sure, by their id there.

    A row whose time of issue has changed there is another infraction: the one before is in the files no more.
    `nameless` rows have no id that could be read, and may be any; `first_nameless` is the place of one.
    """

    infractions: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    nameless: int = 0
    first_nameless: str = ""

    def take(self, key: str, outcome: str, infraction_id: str) -> None:
        """A row that the gateway has answered."""
        if outcome in _KNOWN_HERE:
            self.infractions.add(infraction_id)
        else:
            self.keys.add(key)

    def keep(self, key: str | None, place: str) -> None:
        """A row that was not sent."""
        if key is not None:
            self.keys.add(key)
            return
        self.nameless += 1
        self.first_nameless = self.first_nameless or place

    def holds(self, infraction_id: str, key: str) -> bool:
        """Whether an infraction that was imported is among them."""
        return infraction_id in self.infractions or key in self.keys

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not (self.infractions or self.keys or self.nameless)
