"""An HTTP client that costs little: as a process of its own it keeps a server busy from the other core.

`python -m bench.load URL CONNECTIONS SECONDS < requests.json` sends the requests round-robin over keep-alive
connections, each connection one at a time, and prints what it saw as JSON. Requests are `[method, path, headers,
body]`.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

import uvloop


@dataclass
class Seen:
    """Seconds each request took, and answers by status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


class Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole."""

    def __init__(self, requests: "cycle[bytes]", seen: Seen, until: float, budget: list[int]) -> None:
        self._requests = requests
        self._seen = seen
        self._until = until
        self._budget = budget
        self._buffer = b""
        self._sent_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        self._seen.seconds.append(time.perf_counter() - self._sent_at)
        self._seen.statuses[int(head[9:12])] += 1
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        now = time.perf_counter()
        if now >= self._until or self._budget[0] <= 0:
            self._transport.close()
            return
        self._budget[0] -= 1
        self._sent_at = now
        self._transport.write(next(self._requests))  # type: ignore[attr-defined] # a TCP transport writes


def wire(host: str, method: str, path: str, headers: dict[str, str], body: str | None) -> bytes:
    """A request as bytes."""
    content = body.encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def run(url: str, connections: int, seconds: float, requests: list[bytes], most: int) -> Seen:
    """Send for some seconds, or until `most` requests were sent."""
    target = urlsplit(url)
    seen = Seen()
    source = cycle(requests)
    until = time.perf_counter() + seconds
    budget = [most]
    loop = asyncio.get_running_loop()
    clients = [
        (
            await loop.create_connection(
                lambda: Client(source, seen, until, budget), target.hostname or "", target.port or 80
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return seen


def main() -> None:
    url, connections, seconds, most = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    host = urlsplit(url).netloc
    requests = [wire(host, *request) for request in json.load(sys.stdin)]
    began = time.perf_counter()
    seen = uvloop.run(run(url, connections, seconds, requests, most))
    took = time.perf_counter() - began
    ordered = sorted(seen.seconds) or [0.0]
    json.dump(
        {
            "per_second": len(seen.seconds) / took,
            "p50_ms": ordered[len(ordered) // 2] * 1000,
            "p99_ms": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000,
            "statuses": seen.statuses,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
