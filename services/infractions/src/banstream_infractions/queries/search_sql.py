"""The statements behind staff's search, each with the values it takes. Pure.

What few rows have is read by the marks. Else a page looks at the next `WINDOW` rows along the time, where what is
common is found. What they do not hold enough of is read by the marks after all, unless each of these is common;
else the page is short, and the next one goes on behind the window.
So no page reads more than a few thousand rows of a million, whatever it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_contracts.queries.search import SearchInfractions
from banstream_infractions.queries.wall_sql import Statement, Where, moment_of
from banstream_infractions.read_models.grams import folded, searched
from banstream_infractions.read_models.index_keys import key
from banstream_infractions.read_models.search_rows import IN_FORCE, mark

MOST_FEW = 5_000
"""How many rows may have all the marks for them to be read by these."""
MOST_LISTED = 100_000
"""How many rows may have the rarest of the marks for the index to be asked: it goes through all of them, for 30 ms."""
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
    return Place(moment_of(microseconds), infraction_id)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query asks for."""

    query: SearchInfractions
    now: datetime

    @property
    def is_chosen(self) -> bool:
        """Whether rows have to be looked for, and do not just follow one another."""
        return bool(self.filters or self.text)

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
    def text(self) -> str:
        """What is searched for, as rows hold it; nothing where nothing of it is seen."""
        return folded(self.query.search or "")

    @property
    def grams(self) -> list[str]:
        """Of the text, some of them."""
        return searched(self.text)

    def keys(self, times: Mapping[str, int]) -> list[str]:
        """What to ask the index for, by how many rows have each: every further one is one more list to read.

        Rather two filters than two more grams: those of one text mostly come together.
        """
        filters, grams = (sorted(marks, key=lambda mark: times.get(mark, 0)) for marks in (self.filters, self.grams))
        return [*filters[: MOST_KEYS - min(len(grams), 2)], *grams][:MOST_KEYS]

    def few(self, keys: list[str], limit: int) -> Statement:
        """By some keys: how many rows have them, at most one more than are few, how many of these match, and a page.

        Both counts are in every row, and there is one at least; the cursor plays no part in them.
        """
        where = Where(values=[[*map(key, keys)]])
        self._match(where, self._begin(is_first=True))
        behind = Where(values=where.values)
        begin = self._begin(is_first=False)
        behind.add("(issued_at, id) < (?, ?)", begin.issued_at, begin.id)
        rows = f"from infraction_search where keys @> $1::integer[] limit {MOST_FEW + 1}"
        few = f"select id, issued_at, {where} as is_wanted {rows}"
        found = f"select id, issued_at from few where is_wanted and {behind} order by {_ORDER} limit {limit}"
        counts = "select count(*) as held, count(*) filter (where is_wanted) as wanted from few"
        joined = f"({counts}) as counts left join ({found}) as found on true left join infractions using (id)"
        statement = f"with few as materialized ({few}) select held, wanted, issued_at, id, document from {joined}"
        return f"{statement} order by {_ORDER}", tuple(where.values)

    def end_of_window(self) -> Statement:
        """The place of the last row that a page along the time looks at."""
        where = Where()
        self._reach(where, self._begin(is_first=False))
        found = (
            f"select issued_at, id from infraction_search where {where} order by {_ORDER} offset {WINDOW - 1} limit 1"
        )
        return found, tuple(where.values)

    def page(self, limit: int) -> Statement:
        """Rows in order, with the documents of their infractions."""
        where = Where()
        source = self._source(where.values)
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

    def _source(self, values: list[Any]) -> str:
        """The fence keeps the planner from weighing the marks against an order that it cannot judge."""
        if not self.is_chosen:
            return "infraction_search"
        near = Where(values=values)
        self._reach(near, self._begin(is_first=False))
        return f"(select * from infraction_search where {near} order by {_ORDER} limit {WINDOW}) as near"

    def _match(self, where: Where, begin: Place) -> None:
        self._reach(where, begin)
        if self.query.state == IN_FORCE:
            where.add("(ends_at is null or ends_at > ?)", self.now)
        if self.filters:
            where.add("marks @> ?::text[]", self.filters)
        if self.text:
            where.add("position(? in search) > 0", self.text)

    def _reach(self, where: Where, begin: Place) -> None:
        where.add("(issued_at, id) < (?, ?)", begin.issued_at, begin.id)
        if self.query.since:
            where.add("issued_at >= ?", self.query.since)
