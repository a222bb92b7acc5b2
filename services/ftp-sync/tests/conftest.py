"""What the running tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from banstream_testing.abuse import tracker
from banstream_testing.ban_file_world import World
from banstream_testing.fixtures import Database
from banstream_testing.ftp_sync import ftp_sync_url
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer


@pytest.fixture
async def world(nats: NatsServer, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    url = await ftp_sync_url(database)
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        yield World(nats, url, to, tmp_path, database.admin_url)
