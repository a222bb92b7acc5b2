"""One whole system for everything that is thrown at it, every service of it."""

import sys
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from banstream_testing.system import System, running_system

sys.path.append(str(Path(__file__).resolve().parents[2]))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where local ban files may be."""
    return tmp_path_factory.mktemp("ban-files")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def system(folder: Path) -> AsyncIterator[System]:
    """Every service once."""
    settings = {"BANSTREAM_FTP_SYNC_FOLDERS": str(folder)}
    async with running_system(settings=settings, console=True, ftp_sync=True, dayz_feed=True) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the services said when a test failed."""
    report = yield
    running = getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(running, System):
        report.sections += [(f"log of {service.name}", service.output[-4000:]) for service in running.services]
    return report
