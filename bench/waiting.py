"""Many game servers waiting on their feed, as a process of its own: says when each heard of each infraction.

`python -m bench.waiting URL TOKEN CLIENTS EVENTS` prints `ready`, then, when every client has heard of so many
infractions, `[[infraction id, moment], …]` as JSON. Moments are of the monotonic clock, which all processes share.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

import uvloop


class Waiting(asyncio.Protocol):
    """One server: a long poll after the other over one connection."""

    def __init__(self, host: str, token: str, events: int, heard: list[tuple[str, float]]) -> None:
        self._head = f"Host: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._left = events
        self._heard = heard
        self._buffer = b""
        self._cursor = ""
        self.begun = asyncio.get_running_loop().create_future()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._poll()

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._buffer = b""
        answer = json.loads(body)
        self._cursor = answer["cursor"]
        for event in answer["events"]:
            if infraction := event.get("infraction_id"):
                self._heard.append((infraction, now))
                self._left -= 1
        if not self.begun.done():
            self.begun.set_result(None)
        if self._left > 0:
            self._poll()
        elif not self.done.done():
            self._transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the gateway closed the connection"))

    def _poll(self) -> None:
        query = f"?cursor={self._cursor}&wait=20" if self._cursor else ""
        self._transport.write(f"GET /v1/feed{query} HTTP/1.1\r\n{self._head}".encode())  # type: ignore[attr-defined] # a TCP transport writes


async def run(url: str, token: str, clients: int, events: int) -> list[tuple[str, float]]:
    """Until every client has heard of so many infractions."""
    target = urlsplit(url)
    heard: list[tuple[str, float]] = []
    loop = asyncio.get_running_loop()
    waiting = [
        (
            await loop.create_connection(
                lambda: Waiting(target.netloc, token, events, heard), target.hostname or "", target.port or 80
            )
        )[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(each.begun for each in waiting))
    print("ready", flush=True)
    await asyncio.gather(*(each.done for each in waiting))
    return heard


def main() -> None:
    url, token, clients, events = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    json.dump(uvloop.run(run(url, token, clients, events)), sys.stdout)


if __name__ == "__main__":
    main()
