"""What tests of the read models share."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from banstream_event_log.postgres import create_pool
from banstream_testing.fixtures import Database


@pytest.fixture
async def pool(database: Database) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    """Connections of the service's role."""
    async with create_pool(database.service_url) as pool:
        yield pool
