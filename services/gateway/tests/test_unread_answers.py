"""Who asks and does not read holds a connection, and what is written into it, for no longer than others."""

import socket

import pytest
from services.gateway.tests.conftest import Running, until

from banstream_runtime import impatient

REQUEST = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
ASKED = 60
"""More than buffers hold."""


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux counts the time")
async def test_who_takes_nothing_of_an_answer_is_cut_off(gateway: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impatient, "UNREAD_SECONDS", 1)
    with socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.connect(("127.0.0.1", gateway.port))
        greedy.sendall(REQUEST * ASKED)

        def is_cut_off() -> bool:
            try:
                greedy.send(b"\r\n")
            except ConnectionError:
                return True
            return False

        await until(is_cut_off)
    assert (await gateway.call("GET", "/healthz", secret=None)).status == 200
