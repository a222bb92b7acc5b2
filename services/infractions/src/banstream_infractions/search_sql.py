"""The statements behind staff's search, each with the values it takes. Pure.

A page looks at the next `WINDOW` rows along the time, where what is common is found. What they do not hold enough of
is read by the marks, if few rows have them; else the page is short, and the next one goes on behind the window.
So no page reads more than a few thousand rows of a million, whatever it is asked for.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from banstream_contracts.search_queries import SearchInfractions
from banstream_infractions.search_rows import IN_FORCE, mark
from banstream_infractions.wall_rows import folded, searched
from banstream_infractions.wall_sql import Statement, Where

MOST_FEW = 5_000
"""How many rows may have all the marks for them to be read by these."""
WINDOW = 8_000
MOST_KEYS = 4

_EPOCH = datetime.fromtimestamp(0, UTC)
_FAR = timedelta(days=36_500)
_ORDER = "issued_at desc, id desc"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A row's place in the order of the list."""

    issued_at: datetime
    id: str

    @property
    def cursor(self) -> str:
        """As pages give it."""
        return f"{(self.issued_at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


def place_of(cursor: str) -> Place:
    """What `Place.cursor` wrote; the contract refuses everything else."""
    microseconds, _, infraction_id = cursor.rpartition("-")
    return Place(_EPOCH + timedelta(microseconds=int(microseconds)), infraction_id)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query asks for. `is_few` says that it is best read by its marks."""

    query: SearchInfractions
    now: datetime
    is_few: bool = False

    def few(self) -> "Selection":
        """The same, read by the marks."""
        return replace(self, is_few=True)

    @property
    def is_chosen(self) -> bool:
        """Whether rows have to be looked for, and do not just follow one another."""
        return bool(self.filters or self.query.search)

    @property
    def filters(self) -> list[str]:
        """What every row has that is wanted, but for the text; what is likely to be rare comes first."""
        query = self.query
        given = {
            "issuer": query.issuer_id,
            "server": query.server_id,
            "category": query.category,
            "severity": query.severity,
            "service": query.player_service,
            "punishment": query.punishment,
            "scope": query.scope,
            "state": query.state,
        }
        return [mark(kind, value) for kind, value in given.items() if value is not None]

    @property
    def keys(self) -> list[str]:
        """The marks that the index is asked for: each further one is one more list of rows to read."""
        grams = searched(folded(self.query.search)) if self.query.search else []
        return [*self.filters[: MOST_KEYS - min(len(grams), 2)], *grams][:MOST_KEYS]

    def probe(self) -> Statement:
        """How many rows have the marks, up to one more than are few."""
        rows = f"select from infraction_search where marks @> $1::text[] limit {MOST_FEW + 1}"
        return f"select count(*) from ({rows}) as found", (self.keys,)

    def count(self) -> Statement:
        """How many of few rows match; the cursor plays no part."""
        where = Where()
        source = self._source(where)
        self._match(where, self._begin(is_first=True))
        return f"select count(*) from {source} where {where}", tuple(where.values)

    def end_of_window(self) -> Statement:
        """The place of the last row that a page along the time looks at."""
        where = Where()
        self._reach(where, self._begin(is_first=False))
        found = f"select issued_at, id from infraction_search where {where} order by {_ORDER} offset {WINDOW} limit 1"
        return found, tuple(where.values)

    def page(self, limit: int) -> Statement:
        """Rows in order, with the documents of their infractions."""
        where = Where()
        source = self._source(where)
        self._match(where, self._begin(is_first=False))
        found = f"select id, issued_at from {source} where {where} order by {_ORDER} limit {limit}"
        joined = f"select issued_at, id, document from ({found}) as found join infractions using (id)"
        return f"{joined} order by {_ORDER}", tuple(where.values)

    def _begin(self, *, is_first: bool) -> Place:
        """All rows that are wanted come before this place."""
        places = [Place(self.now + _FAR, "")]
        if self.query.until:
            places.append(Place(self.query.until, ""))
        if self.query.cursor and not is_first:
            places.append(place_of(self.query.cursor))
        return min(places)

    def _source(self, where: Where) -> str:
        """The fences keep the planner from weighing the marks against an order that it cannot judge."""
        if self.is_few:
            where.values.append(self.keys)
            return "(select * from infraction_search where marks @> $1::text[] offset 0) as few"
        if not self.is_chosen:
            return "infraction_search"
        near = Where(values=where.values)
        self._reach(near, self._begin(is_first=False))
        return f"(select * from infraction_search where {near} order by {_ORDER} limit {WINDOW}) as near"

    def _match(self, where: Where, begin: Place) -> None:
        self._reach(where, begin)
        if self.query.state == IN_FORCE:
            where.add("(ends_at is null or ends_at > ?)", self.now)
        if self.filters:
            where.add("marks @> ?::text[]", self.filters)
        if self.query.search:
            where.add("position(? in search) > 0", folded(self.query.search))

    def _reach(self, where: Where, begin: Place) -> None:
        where.add("(issued_at, id) < (?, ?)", begin.issued_at, begin.id)
        if self.query.since:
            where.add("issued_at >= ?", self.query.since)
