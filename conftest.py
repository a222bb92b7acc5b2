"""Fixtures that every test folder may use."""

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["banstream_testing.fixtures"]

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no fault of what is tested."""
settings.register_profile("by-chance", _PATIENT)
settings.register_profile("always-the-same", _PATIENT, derandomize=True)
settings.load_profile("always-the-same")  # `--hypothesis-profile by-chance` looks for what nobody thought of


_WHOLE_SYSTEMS = {"tests", "sdk"}
"""Folders whose tests start everything and take longest."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest first, so that of two processes none is left alone with it; else as shuffled."""

    def is_short(item: pytest.Item) -> bool:
        return _top_folder(item.path, config.rootpath) not in _WHOLE_SYSTEMS

    items.sort(key=is_short)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Modules and tests live as long as the process: no later collection of garbage need look at them."""
    gc.collect()
    gc.freeze()


def _top_folder(path: Path, root: Path) -> str:
    return path.relative_to(root).parts[0] if path.is_relative_to(root) else ""


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that starts a service sends the logs of the whole process to its own captured output."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
