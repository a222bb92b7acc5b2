"""A whole system for each test module: its own NATS, database and services."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from banstream_testing.system import System, running_system


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(request: pytest.FixtureRequest) -> AsyncIterator[System]:
    """As many gateways as the module's GATEWAYS says; 1 else."""
    gateways = getattr(request.module, "GATEWAYS", 1)
    async with running_system(gateways, **getattr(request.module, "SETTINGS", {})) as running:
        yield running
