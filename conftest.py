"""Fixtures that every test folder may use."""

import logging
from collections.abc import Iterator

import pytest
import structlog

pytest_plugins = ["banstream_testing.fixtures"]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A test that starts a service sends the logs of the whole process to its own captured output."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
