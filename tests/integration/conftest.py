"""A whole system for each test module: its own NATS, database and services."""

from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio

from banstream_testing.servers import PostgresServer
from banstream_testing.system import System, running_system


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(request: pytest.FixtureRequest, postgres: PostgresServer) -> AsyncIterator[System]:
    """As many gateways as the module's GATEWAYS says; 1 else. A module that KILLS_POSTGRES has one of its own."""
    gateways = getattr(request.module, "GATEWAYS", 1)
    shared = None if getattr(request.module, "KILLS_POSTGRES", False) else postgres
    async with running_system(gateways, getattr(request.module, "SETTINGS", {}), postgres=shared) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the services said when a test failed."""
    report = yield
    running = getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(running, System):
        report.sections += [(f"log of {service.name}", service.output[-4000:]) for service in running.services]
    return report
