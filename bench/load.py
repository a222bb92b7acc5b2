"""An HTTP client that costs little: as a process of its own it keeps a server busy from the other core.

`python -m bench.load URL CONNECTIONS SECONDS MOST [RATE] < requests.json` sends the requests round-robin over
keep-alive connections, each connection one at a time, and prints what it saw as JSON, and when it began and ended by
the clock that all processes of a machine share (`time.monotonic`). Requests are `[method, path, headers, body]`. With
RATE it sends so many a second, evenly, and no more; a request that had to wait for the answer of the one before is
late, and its wait counts as its own. `NUMBER` in a request becomes another number each time.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from urllib.parse import urlsplit

import uvloop

NUMBER = "@number@number@"
"""As long as what it becomes, so that lengths stay."""


@dataclass
class Seen:
    """Seconds each request took, answers by status, and requests whose connection was lost before the answer."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0


class Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole, and `every` so many seconds."""

    def __init__(
        self, requests: Iterator[bytes], seen: Seen, until: float, budget: list[int], every: float, offset: float
    ) -> None:
        self._requests = requests
        self._seen = seen
        self._until = until
        self._budget = budget
        self._every = every
        self._due = time.perf_counter() + offset
        self._buffer = b""
        self._sent_at: float | None = None
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

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
        self._seen.seconds.append(time.perf_counter() - (self._sent_at or 0.0))
        self._seen.statuses[int(head[9:12])] += 1
        self._sent_at = None
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        self._seen.lost += self._sent_at is not None
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        if not self._every:
            self._send(time.perf_counter())
            return
        due, self._due = self._due, self._due + self._every
        wait = max(0.0, due - time.perf_counter())
        asyncio.get_running_loop().call_later(wait, self._send, due)

    def _send(self, due: float) -> None:
        if time.perf_counter() >= self._until or self._budget[0] <= 0 or self._transport.is_closing():
            self._transport.close()
            return
        self._budget[0] -= 1
        self._sent_at = due
        self._transport.write(next(self._requests))  # type: ignore[attr-defined] # a TCP transport writes


def numbered(requests: Iterable[bytes]) -> Iterator[bytes]:
    """The requests, each with a number of its own."""
    mark = NUMBER.encode()
    return (request.replace(mark, b"%0*d" % (len(mark), number)) for number, request in enumerate(requests))


def wire(host: str, method: str, path: str, headers: dict[str, str], body: str | None) -> bytes:
    """A request as bytes."""
    content = body.encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def run(url: str, connections: int, seconds: float, requests: list[bytes], most: int, rate: float = 0) -> Seen:
    """Send for some seconds, or until `most` requests were sent; `rate` requests a second where it is not 0."""
    target = urlsplit(url)
    seen = Seen()
    again = cycle(requests)
    source = numbered(again) if any(NUMBER.encode() in request for request in requests) else again
    until = time.perf_counter() + seconds
    budget = [most]
    every = connections / rate if rate else 0.0
    loop = asyncio.get_running_loop()
    clients = [
        (
            await loop.create_connection(
                partial(Client, source, seen, until, budget, every, every * place / connections),
                target.hostname or "",
                target.port or 80,
            )
        )[1]
        for place in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return seen


def main() -> None:
    url, connections, seconds, most = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    rate = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    host = urlsplit(url).netloc
    requests = [wire(host, *request) for request in json.load(sys.stdin)]
    began = time.monotonic()
    seen = uvloop.run(run(url, connections, seconds, requests, most, rate))
    ended = time.monotonic()
    ordered = sorted(seen.seconds) or [0.0]
    json.dump(
        {
            "began": began,
            "ended": ended,
            "per_second": len(seen.seconds) / (ended - began),
            "p50_ms": ordered[len(ordered) // 2] * 1000,
            "p99_ms": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000,
            "statuses": seen.statuses,
            "lost": seen.lost,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
