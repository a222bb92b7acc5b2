"""What happened to a player, page by page, on a real Postgres."""

from collections.abc import AsyncIterator

import pytest
from services.infractions.tests.scenes import IDS, PLAYER, amend, issue
from services.infractions.tests.test_long_streams import decide

from banstream_contracts.queries.infractions import GetHistory
from banstream_event_log.postgres import create_pool
from banstream_infractions.operations import SCHEMA
from banstream_infractions.postgres import PostgresStore
from banstream_infractions.queries.appeals_reads import AppealReads
from banstream_infractions.queries.ban_reads import AddressKeys
from banstream_infractions.queries.personal_reads import PersonalReads
from banstream_infractions.queries.reads import Reads
from banstream_infractions.queries.search_reads import SearchKeys, SearchReads
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY


@pytest.fixture
async def reads(database: Database) -> AsyncIterator[Reads]:
    async with create_pool(database.service_url) as pool:
        asked = (AppealReads(pool, MASTER_KEY, 0), SearchReads(pool, SearchKeys(b"")), PersonalReads(pool, b"", b""))
        yield Reads(pool, AddressKeys(MASTER_KEY), *asked)


async def test_pages_hold_each_event_once_while_others_come(database: Database, reads: Reads) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        store = PostgresStore(connection)
        await decide(store, [issue(), *(amend(reason=f"reason {number}") for number in range(6))])
        found: list[int] = []
        cursor: str | None = None
        while len(found) < 7:
            page = await reads.history(GetHistory(player=PLAYER, cursor=cursor, limit=2))
            found += [each.position for each in page.items]
            cursor = page.next
            await decide(store, [issue(IDS[1], reason="other"), amend(reason=f"later than {len(found)}")])
    assert (found, cursor) == ([7, 6, 5, 4, 3, 2, 1], None)


@pytest.mark.parametrize(("cursor", "count"), [("1", 0), ("2", 1), ("9" * 12, 1), ("9" * 64, 1)])
async def test_a_cursor_of_any_size_is_a_place(database: Database, reads: Reads, cursor: str, count: int) -> None:
    async with connected(database.service_url, SCHEMA) as connection:
        await decide(PostgresStore(connection), [issue()])
    assert len((await reads.history(GetHistory(player=PLAYER, cursor=cursor))).items) == count
