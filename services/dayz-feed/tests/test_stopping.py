"""The feed ends when it shall, whatever its database does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from banstream_dayz_feed.app import create_app
from banstream_dayz_feed.operations import SCHEMA
from banstream_dayz_feed.settings import NatsSettings, Settings
from banstream_event_log import postgres
from banstream_testing.applications import running
from banstream_testing.dayz_feed import feed_settings, file_name, header, local_login, new_source, placed
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.servers import NatsServer
from banstream_testing.tcp_proxy import way_to
from banstream_testing.waiting import eventually

LONGEST_SECONDS = 20.0
"""Whoever starts a service kills it after 30."""
WAITS = """
    select exists (select from pg_stat_activity where datname = current_database()
        and application_name = 'banstream dayz-feed follower' and wait_event_type = 'Lock')
"""


@asynccontextmanager
async def taking_no_findings(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    async with connected(url, SCHEMA) as admin, admin.transaction():
        await admin.execute("lock table findings in exclusive mode")
        yield admin


async def test_reading_ends_in_the_middle_of_a_transaction_though_postgres_is_frozen(
    nats: NatsServer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_STOP_SECONDS", 0.5)
    async with bus(nats) as to, way_to(database.dayz_url) as (proxy, url):
        app = create_app(Settings(**feed_settings(url, tmp_path)), NatsSettings(nats_url=nats.url))
        async with running(app) as task:
            await to.send(new_source(local_login()))
            async with taking_no_findings(database.admin_url) as admin:
                began = (datetime.now(UTC) - timedelta(minutes=2)).replace(tzinfo=None, microsecond=0)
                (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4))
                await eventually(lambda: admin.fetchval(WAITS))
                proxy.black_hole()
                app.exit()
                await asyncio.wait([task], timeout=LONGEST_SECONDS)
                has_ended = task.done()
                proxy.mend()
        assert has_ended
