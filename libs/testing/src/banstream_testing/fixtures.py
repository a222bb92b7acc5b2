"""Fixtures for every test folder: `pytest_plugins = ["banstream_testing.fixtures"]`, done once in the root conftest."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from banstream_abuse_tracker import operations as abuse_tracker
from banstream_dayz_feed import operations as dayz_feed
from banstream_ftp_sync import operations as ftp_sync
from banstream_infractions import operations as infractions
from banstream_notifier import operations as notifier
from banstream_testing.backend import VARIABLE, BackendError, backend
from banstream_testing.browser import end_browser
from banstream_testing.folders import work_in_memory
from banstream_testing.forks import Forked
from banstream_testing.servers import NatsServer, PostgresServer, nats_server, postgres_server

ROLE_PASSWORD = "only-for-tests"
_SERVICES = (infractions, abuse_tracker, notifier, ftp_sync, dayz_feed)


def pytest_configure() -> None:
    """A backend that was asked for and is not here ends the run before its first test."""
    Forked.is_wanted = True
    work_in_memory()
    if VARIABLE in os.environ:
        try:
            backend()
        except BackendError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_unconfigure() -> None:
    """The browser outlives the tests that have shared it."""
    end_browser()


@dataclass(frozen=True, slots=True)
class Database:
    """A database of its own, migrated: as the administrator and owner, and as the role of each service."""

    admin_url: str
    service_url: str
    abuse_url: str
    notifier_url: str
    dayz_url: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One Postgres for the whole run; who kills a server starts one of its own."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """The administrator's, of the one Postgres."""
    return postgres.url


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsServer]:
    """A NATS server for each test module."""
    with nats_server() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated(postgres_url: str) -> str:
    """The name of a database with the schema of every service, which nobody writes to: others are copies of it."""
    name = f"migrated_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await _hash_passwords_once(admin, postgres_url)
    await admin.execute(f"create database {name}")
    await admin.close()
    base, _ = postgres_url.rsplit("/", 1)
    for service in _SERVICES:
        await service.migrate(f"{base}/{name}", ROLE_PASSWORD)
    return name


async def _hash_passwords_once(admin: "asyncpg.Connection[asyncpg.Record]", url: str) -> None:
    """And not 4096 times, which every connection would do again; Postgres before 16 knows no other number."""
    if await admin.fetchval("select 1 from pg_settings where name = 'scram_iterations'"):
        parts = urlsplit(url)
        await admin.execute(f"alter role {parts.username} set scram_iterations = 1; set scram_iterations = 1")
        await admin.execute(f"alter role {parts.username} password '{parts.password}'")


@pytest.fixture
async def database(postgres_url: str, migrated: str) -> AsyncIterator[Database]:
    """A fresh database with the schema of every service."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name} template {migrated}")
    # Roles are the server's: a test of migrations may have given them other passwords.
    await admin.execute("; ".join(f"alter role {service.ROLE} password '{ROLE_PASSWORD}'" for service in _SERVICES))
    base, _ = postgres_url.rsplit("/", 1)
    scheme, host = base.split("://")[0], base.rsplit("@", 1)[1]
    try:
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
