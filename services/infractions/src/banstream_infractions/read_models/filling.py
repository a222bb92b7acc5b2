"""Infractions that no read model holds yet, put into all that are worked out of them."""

from collections.abc import Collection, Sequence

from banstream_contracts.infractions import Infraction
from banstream_event_log.connections import Connection
from banstream_infractions.read_models import issued, projection, search, search_rows, wall, wall_rows


async def fill(connection: Connection, infractions: Sequence[Infraction], named: wall.Named) -> None:
    """The same rows that `put` of each read model makes, at a fraction of the cost: there is nothing to replace.

    Nothing is counted until `count` does it. Raises UniqueViolationError where one of them is there.
    """
    if infractions:
        await projection.fill_infractions(connection, infractions, named(projection.INFRACTIONS))
        await fill_worked_out(connection, infractions, named)


async def count(connection: Connection, named: wall.Named) -> None:
    """What all the rows that were filled add up to."""
    await wall.count_all(connection, named)
    await issued.count_all(connection, named(search.SEARCH), named)


async def fill_worked_out(connection: Connection, infractions: Sequence[Infraction], named: wall.Named) -> None:
    """The wall and the search alone. An infraction's two rows are made together, as they share most of their text."""
    both = [(wall_rows.row_of(each), search_rows.row_of(each)) for each in infractions]
    await wall.fill_bans(connection, [row for row, _ in both if row], named)
    await search.fill_rows(connection, [row for _, row in both], named)


async def put(connection: Connection, infractions: Collection[Infraction], named: wall.Named) -> None:
    """Insert or replace in all of them."""
    if infractions:
        await projection.put_infractions(connection, infractions, named(projection.INFRACTIONS))
        await wall.put_bans(connection, infractions, named)
        await search.put_rows(connection, infractions, named)
