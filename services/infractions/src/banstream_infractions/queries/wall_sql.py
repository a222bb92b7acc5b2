"""The statements behind the wall, each with the values it takes. Pure.

Which index serves which statement is pinned by a test at the size where it matters. A search that finds few rows
is read by its grams, of which the index of staff's search knows (ADR 0034); one that finds many is read along the
time, at most `WINDOW` rows of it for one page, since what is common is found soon and what is not would be looked for
in vain among all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_contracts.queries.wall import ListWall
from banstream_infractions.read_models.grams import folded, grams, spread
from banstream_infractions.read_models.index_keys import key
from banstream_privacy.masking import MASK

MOST_COUNTED = 5_000
"""Rows that are counted one by one."""
MOST_FEW = 2_000
"""How many infractions may have the grams of a search for it to be read by them."""
MOST_LISTED = 20_000
"""How many rows may have a gram for the index to be asked for it; the grams of one text mostly come together."""
WINDOW = 4_000

_FAR = timedelta(days=36_500)
_LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)
_NEVER = datetime(9999, 12, 30, tzinfo=UTC)
_BEHIND_ALL = "~"
"""Sorts behind every place: those are hex digits."""

Statement = tuple[str, tuple[Any, ...]]
"""SQL of ours, and the values of its parameters."""

TOTALS = "select category, severity, bans from wall_totals"

_HIDDEN = """
    select category, severity, issued_at from wall_bans where ends_at <= $1
    union all
    select category, severity, issued_at from wall_bans
    where issued_at > $2::timestamptz and (ends_at is null or ends_at > $1)
"""

HIDDEN = f"select category, severity, count(*) as bans from ({_HIDDEN}) as hidden group by category, severity"
"""Now, and until when a ban may be shown: what the counters hold and nobody may see."""

TODAY = "select ($1::timestamptz at time zone $2)::date"


def first_moment(day: str, zone: str) -> str:
    """Of a time zone's day. Where clocks go back to midnight it begins twice, and Postgres gives the second time."""
    midnight = f"({day}::date)::timestamp at time zone {zone}"
    hour_before = f"({midnight} - interval '1 hour')"
    return f"(case when ({hour_before} at time zone {zone})::date = {day} then {hour_before} else {midnight} end)"


BY_DAY = f"""
    select (begins_at at time zone $1)::date as day, sum(bans) as bans from wall_quarters
    where begins_at >= {first_moment("$2", "$1")} group by day
"""
"""Time zone and first day."""

HIDDEN_BY_DAY = f"""
    select (issued_at at time zone $1)::date as day, count(*) as bans
    from ({_HIDDEN.replace("$2", "$4").replace("$1", "$3")}) as hidden
    where issued_at >= {first_moment("$2", "$1")} group by day
"""
"""Time zone and first day, then as `HIDDEN`."""


@dataclass(slots=True)
class Where:
    """Conditions, and the values of their parameters."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        """`?` stands for each value in turn."""
        for value in values:
            self.values.append(in_calendar(value) if isinstance(value, datetime) else value)
            condition = condition.replace("?", f"${len(self.values)}", 1)
        self.conditions.append(condition)

    def __str__(self) -> str:
        """All of them together; nothing is true of everything."""
        return " and ".join(self.conditions) or "true"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A row's place in the order of the wall."""

    issued_at: datetime
    place: str

    @property
    def cursor(self) -> str:
        """As pages give it: microseconds since 1970, and what orders bans of one moment."""
        return f"{(self.issued_at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)}-{self.place}"


def place_of(cursor: str) -> Place:
    """What `Place.cursor` wrote; the contract refuses everything else."""
    microseconds, _, place = cursor.rpartition("-")
    return Place(moment_of(microseconds), place)


def moment_of(microseconds: str) -> datetime:
    """So many after 1970; what is further back than any calendar is long ago."""
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(microseconds))
    except OverflowError:
        return _LONG_AGO


def in_calendar(moment: datetime) -> datetime:
    """The moment; of one that UTC's calendar does not reach, as the offset of its zone may have it, the nearest day."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _LONG_AGO if moment.year == _LONG_AGO.year else _NEVER


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query asks for. `keys` are grams of a search that is best read by them.

    A category or severity is the first part of a range and of the order, never an equality: the planner would take
    that for a constant, read along the time alone, and not find what is rare before the end of it.
    """

    query: ListWall
    now: datetime
    keys: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is searched for, as rows hold it; nothing where nothing of it is seen."""
        return folded(self.query.search or "")

    @property
    def grams(self) -> list[str]:
        """Of the search, in its order. What is masked on the wall is indexed as it is, so no gram of a mask is."""
        return sorted((gram for gram in grams(self.text) if MASK[0] not in gram), key=self.text.find)

    def rare(self, times: Mapping[str, int]) -> list[str]:
        """The grams to ask the index for, by how many rows have each: none that is common, as its list is long."""
        return spread([gram for gram in self.grams if times.get(gram, 0) <= MOST_LISTED])

    def probe(self) -> Statement:
        """How many infractions have the keys, up to one more than are few."""
        rows = f"select from infraction_search where keys @> $1::integer[] limit {MOST_FEW + 1}"
        return f"select count(*) from ({rows}) as found", ([*map(key, self.keys)],)

    def count(self) -> Statement:
        """How many rows match, up to one more than are counted; the cursor plays no part."""
        where = Where()
        source = self._source(where)
        self._match(where, self._begin(is_first=True))
        rows = f"select from {source} where {where} order by {self._order} limit {MOST_COUNTED + 1}"
        return f"select count(*) from ({rows}) as found", tuple(where.values)

    def end_of_window(self) -> Statement:
        """The place of the last row that a page of a common search looks at."""
        where = Where()
        self._reach(where, self._begin(is_first=False))
        rows = f"select issued_at, place from wall_bans where {where} order by {self._order} offset {WINDOW} limit 1"
        return rows, tuple(where.values)

    def page(self, limit: int, end: Place | None = None) -> Statement:
        """Rows in order, with the documents of their infractions."""
        where = Where()
        source = self._source(where)
        self._match(where, self._begin(is_first=False))
        if end:
            where.add("(issued_at, place) >= (?, ?)", end.issued_at, end.place)
        found = f"select id, issued_at, place from {source} where {where} order by {self._order} limit {limit}"
        joined = f"select issued_at, place, document from ({found}) as found join infractions using (id)"
        return f"{joined} order by issued_at desc, place desc", tuple(where.values)

    @property
    def _types(self) -> dict[str, str]:
        severity = self.query.severity.value if self.query.severity else None
        given = {"category": self.query.category, "severity": severity}
        return {column: value for column, value in given.items() if value is not None}

    @property
    def _order(self) -> str:
        return ", ".join(f"{column} desc" for column in (*self._types, "issued_at", "place"))

    def _begin(self, *, is_first: bool) -> Place:
        """All rows that are wanted come before this place."""
        query = self.query
        places = [Place(self.now + _FAR, "")]
        if query.until:
            places.append(Place(query.until, ""))
        if query.shown_until:
            places.append(Place(query.shown_until, _BEHIND_ALL))
        if query.cursor and not is_first:
            places.append(place_of(query.cursor))
        return min(places)

    def _source(self, where: Where) -> str:
        """The limit, which `probe` has shown to cut nothing off, says to the planner that these are few."""
        if not self.keys:
            return "wall_bans"
        where.values.append([*map(key, self.keys)])
        few = f"select id from infraction_search where keys @> $1::integer[] limit {MOST_FEW}"
        return f"(select wall_bans.* from ({few}) as keyed join wall_bans using (id) offset 0) as few"

    def _match(self, where: Where, begin: Place) -> None:
        self._reach(where, begin)
        where.add("(ends_at is null or ends_at > ?)", self.now)
        if self.text:
            where.add("position(? in search) > 0", self.text)

    def _reach(self, where: Where, begin: Place) -> None:
        columns, values = tuple(self._types), tuple(self._types.values())
        marks = "?, " * len(columns)
        where.add(
            f"({', '.join((*columns, 'issued_at', 'place'))}) < ({marks}?, ?)", *values, begin.issued_at, begin.place
        )
        if columns or self.query.since:
            where.add(f"({', '.join((*columns, 'issued_at'))}) >= ({marks}?)", *values, self.query.since or _LONG_AGO)
