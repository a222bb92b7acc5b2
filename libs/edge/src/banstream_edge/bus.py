"""The NATS connection as an edge uses it: ask, or learn at once that nobody can be asked."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError

from banstream_edge.errors import NobodyThere, TooLarge, Unavailable
from banstream_runtime.connection import NatsSettings, connect

logger = structlog.stdlib.get_logger(__name__)

_HEAD_BYTES, _LINE_BYTES = len("NATS/1.0\r\n\r\n"), len(": \r\n")
"""What headers take besides their names and values; they count as part of a message."""

Hook = Callable[[Client], Awaitable[None]]


class Bus:
    """One connection that is made in the background, so that HTTP answers from the first moment on."""

    def __init__(self, settings: NatsSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._client: Client | None = None
        self._on_connect: list[Hook] = []
        self._on_break: list[Callable[[], None]] = []

    @property
    def is_connected(self) -> bool:
        """Whether something written now would go out now."""
        return self._client is not None and self._client.is_connected

    def on_connect(self, hook: Hook) -> None:
        """Do this once, after the first connection."""
        self._on_connect.append(hook)

    def on_break(self, hook: Callable[[], None]) -> None:
        """Do this whenever the connection is lost, and again when it is back."""
        self._on_break.append(hook)

    async def open(self) -> None:
        """Connect, however long that takes, and run the hooks."""
        client = await connect(self._settings, self._name, on_disconnect=self._broken, on_reconnect=self._reconnected)
        for hook in self._on_connect:
            await hook(client)
        self._client = client
        logger.info("nats_connected", name=self._name)

    async def close(self) -> None:
        """Close the connection, if there ever was one."""
        if self._client is not None:
            await self._client.close()

    async def ask(self, subject: str, payload: bytes, headers: Mapping[str, str], seconds: float) -> Msg:
        """One request and its reply. Raises Unavailable or TooLarge; never leaves the request in a buffer.

        What is too large is not sent: it would cost the connection.
        """
        client = self._client
        if client is None or not client.is_connected:
            raise Unavailable("not connected")
        size = len(payload) + _HEAD_BYTES + sum(len(name) + len(value) + _LINE_BYTES for name, value in headers.items())
        if size > client.max_payload:
            raise TooLarge(f"{size} bytes, and at most {client.max_payload} fit into one message")
        try:
            return await client.request(subject, payload, timeout=seconds, headers=dict(headers) or None)
        except NoRespondersError:
            raise NobodyThere(subject) from None
        except (TimeoutError, Error, OSError) as error:
            raise Unavailable(repr(error)) from error

    def _broken(self) -> None:
        for hook in self._on_break:
            hook()

    async def _reconnected(self) -> None:
        self._broken()
