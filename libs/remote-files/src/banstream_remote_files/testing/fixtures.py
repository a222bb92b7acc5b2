"""Fixtures of servers, for test modules that name this one in `pytest_plugins`."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from banstream_remote_files.testing.certificates import write_certificate
from banstream_remote_files.testing.ftp_server import FtpServer, ftp_server
from banstream_remote_files.testing.kinds import KINDS, Kind, running


@pytest.fixture(scope="session")
def server_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key."""
    return write_certificate(tmp_path_factory.mktemp("certificate") / "server.pem")


@pytest.fixture
def server_root(tmp_path: Path) -> Path:
    """The folder that a server shows."""
    folder = tmp_path / "server"
    folder.mkdir()
    return folder


@pytest.fixture
def plain_ftp(server_root: Path) -> Iterator[FtpServer]:
    """A running FTP server without TLS."""
    with ftp_server(server_root) as server:
        yield server


@pytest.fixture(params=KINDS)
async def server_kind(
    request: pytest.FixtureRequest, server_root: Path, server_certificate: Path
) -> AsyncIterator[Kind]:
    """A running server of each kind in turn."""
    async with running(request.param, server_root, server_certificate) as made:
        yield made
