"""What is no HTTP is answered as every other error of the API, without the words of who sent it."""

import asyncio
import json

import pytest
from services.gateway.tests.conftest import Running

SECRET = "S3CRET"

UNREADABLE = {
    "header without a colon": f"GET /v1/x HTTP/1.1\r\nAuthorization Bearer {SECRET}\r\n\r\n",
    "control character in a header": f"GET /v1/x HTTP/1.1\r\nAuthorization: Bearer {SECRET}\x1b[31m\r\n\r\n",
    "control character in the path": f"GET /t/{SECRET}/v1/x\x1b[31m HTTP/1.1\r\n\r\n",
    "another protocol": f"GET /t/{SECRET}/v1/x HTTP/9x\r\n\r\n",
    "no address": f"GET http://[{SECRET}/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "long path": f"GET /t/{SECRET * 2000} HTTP/1.1\r\n\r\n",
    "long header": f"GET /v1/x HTTP/1.1\r\nAuthorization: Bearer {SECRET * 2000}\r\n\r\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_cannot_be_read_is_400_without_what_was_sent(gateway: Running, name: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(UNREADABLE[name].encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *headers = head.decode().split("\r\n")
    assert (status.split()[1], SECRET in body.decode()) == ("400", False)
    assert "Content-Type: application/problem+json" in headers
    problem = json.loads(body)
    assert (problem["type"], problem["status"]) == ("urn:banstream:problem:malformed", 400)
    assert ("too long" in problem["detail"]) == name.startswith("long")
