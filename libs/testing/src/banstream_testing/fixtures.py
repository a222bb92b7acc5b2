"""Fixtures for every test folder: `pytest_plugins = ["banstream_testing.fixtures"]`, done once in the root conftest."""

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from banstream_abuse_tracker import operations as abuse_tracker
from banstream_dayz_feed import operations as dayz_feed
from banstream_ftp_sync import operations as ftp_sync
from banstream_infractions import operations as infractions
from banstream_notifier import operations as notifier
from banstream_testing.servers import NatsServer, nats_server, postgres_server

ROLE_PASSWORD = "only-for-tests"


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own, migrated: as the administrator and owner, and as the role of each service."""

    admin_url: str
    service_url: str
    abuse_url: str
    notifier_url: str
    dayz_url: str


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One Postgres for the whole run."""
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsServer]:
    """A NATS server for each test module."""
    with nats_server() as server:
        yield server


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """A fresh database with the schema of every service."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    base, _ = postgres_url.rsplit("/", 1)
    scheme, host = base.split("://")[0], base.rsplit("@", 1)[1]
    try:
        for service in (infractions, abuse_tracker, notifier, ftp_sync, dayz_feed):
            await service.migrate(f"{base}/{name}", ROLE_PASSWORD)
        yield Database(
            f"{base}/{name}",
            f"{scheme}://{infractions.ROLE}:{ROLE_PASSWORD}@{host}/{name}",
            f"{scheme}://{abuse_tracker.ROLE}:{ROLE_PASSWORD}@{host}/{name}",
            f"{scheme}://{notifier.ROLE}:{ROLE_PASSWORD}@{host}/{name}",
            f"{scheme}://{dayz_feed.ROLE}:{ROLE_PASSWORD}@{host}/{name}",
        )
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()
