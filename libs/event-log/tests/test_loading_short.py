"""Long streams are not read to their beginning."""

import pytest

from banstream_event_log.log import load_first, load_short
from banstream_testing.event_logs import append_all, connected, event
from banstream_testing.fixtures import Database

ONE, OTHER = "player:roblox:1", "player:roblox:2"


@pytest.mark.parametrize(
    ("longest", "versions"), [(5, [1, 2, 3, 4, 5]), (4, [4, 5]), (1, [4, 5])], ids=["short", "one too long", "long"]
)
async def test_of_a_stream_that_is_too_long_the_last_events_are_read(
    database: Database, longest: int, versions: list[int]
) -> None:
    await append_all(database.service_url, *(event(ONE, version, player_name="Arthur") for version in range(1, 6)))
    await append_all(database.service_url, event(OTHER))
    async with connected(database.service_url) as connection:
        found = await load_short(connection, [ONE, OTHER, "nowhere:"], longest, tail=2)
    assert {stream: [each.version for each in events] for stream, events in found.items()} == {
        ONE: versions,
        OTHER: [1],
        "nowhere:": [],
    }
    assert {each.data["player_name"] for each in found[ONE]} == {"Arthur"}


async def test_how_a_stream_began(database: Database) -> None:
    await append_all(database.service_url, *(event(ONE, version, player_name=f"n{version}") for version in (1, 2)))
    async with connected(database.service_url) as connection:
        begun = await load_first(connection, [ONE, "nowhere:"])
    assert {stream: each.data["player_name"] for stream, each in begun.items()} == {ONE: "n1"}
