"""pyftpdlib in a thread, with the faults that ban files meet in the field."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer  # type: ignore[import-untyped]
from pyftpdlib.ioloop import IOLoop  # type: ignore[import-untyped]
from pyftpdlib.servers import FTPServer as PyftpdlibServer  # type: ignore[import-untyped]

from banstream_remote_files.testing.ftp_faults import Faults, handler_class

USER = "user"
PASSWORD = "correct horse"  # noqa: S105  # of a throw-away server
_POLL_SECONDS = 0.02
ALL_RIGHTS = "elradfmwMT"
STORE_RIGHTS = "elraw"
"""To read and to store; nothing is deleted or renamed."""
READ_RIGHTS = "elr"


@dataclass(frozen=True, slots=True)
class FtpServer:
    """A running server: the folder it shows, its port, its faults, and the commands it got."""

    root: Path
    port: int
    faults: Faults
    commands: list[str]


@contextmanager
def ftp_server(
    root: Path, *, certificate: Path | None = None, is_implicit: bool = False, rights: str = ALL_RIGHTS
) -> Iterator[FtpServer]:
    """A server that shows `root` to `USER` with `PASSWORD`, by TLS when a certificate is given."""
    logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # else it configures logging by itself
    faults = Faults()
    handler = handler_class(faults, certificate, is_implicit=is_implicit)
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(USER, PASSWORD, str(root), perm=rights)
    server = PyftpdlibServer(("127.0.0.1", 0), handler, ioloop=IOLoop())
    stopping = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, stopping), name="ftp-server")
    thread.start()
    try:
        yield FtpServer(root, server.address[1], faults, handler.commands)
    finally:
        stopping.set()
        thread.join()


def _serve(server: PyftpdlibServer, stopping: threading.Event) -> None:
    while not stopping.is_set():
        server.ioloop.loop(timeout=_POLL_SECONDS, blocking=False)
    server.close_all()
