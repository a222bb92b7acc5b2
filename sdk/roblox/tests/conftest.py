"""The Luau VM, game servers in it, and the system that they call."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio
from sdk.roblox.tests.game import Game, running_game
from sdk.roblox.tests.luau_environment import OLDEST, VARIABLE, python_with_luau

from banstream_testing.servers import PostgresServer
from banstream_testing.system import System, running_system

StartGame: TypeAlias = Callable[[str], Awaitable[Game]]


@pytest.fixture(scope="session")
def luau_python() -> Path:
    """A Python with the VM, or a loud skip."""
    python = python_with_luau()
    if python is None:
        oldest = ".".join(map(str, OLDEST))
        pytest.skip(
            f"NOT TESTED: the Roblox SDK needs a Python {oldest} or newer for its Luau VM; name one in {VARIABLE}"
        )
    return python


@pytest_asyncio.fixture(loop_scope="module")
async def start_game(luau_python: Path, tmp_path: Path) -> AsyncIterator[StartGame]:
    """Game servers whose secret `banstream` is the key given; all are ended after the test."""
    async with AsyncExitStack() as stack:

        async def start(key: str) -> Game:
            return await stack.enter_async_context(running_game(luau_python, tmp_path / "game.log", {"banstream": key}))

        yield start


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(postgres: PostgresServer) -> AsyncIterator[System]:
    """A whole banstream."""
    async with running_system(postgres=postgres) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the game server said when a test failed."""
    report = yield
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and isinstance(folder, Path) and (log := folder / "game.log").exists():
        report.sections.append(("game server", log.read_text(errors="replace")[-4000:]))
    return report
