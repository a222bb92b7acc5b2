"""The NATS connection of a service."""

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

import nats
import structlog
from nats.aio.client import Client, Srv
from nats.protocol.parser import PERMISSIONS_ERR
from pydantic import AfterValidator, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_contracts import permissions
from banstream_runtime.header_lines import HeaderLinesClient
from banstream_runtime.wire import Reader

PING_SECONDS = 2
"""A silent cut is noticed after two of these; the library's default of 120 s would hide it for minutes."""

RECONNECT_SECONDS = 0.25

_CLOSE_SECONDS = 2.0
"""So long what is left may take to go out at the end."""

_SCHEMES = {"nats", "tls", "ws", "wss"}
_INBOX = re.compile(r"_INBOX(\.[A-Za-z0-9_=-]+)+")

logger = structlog.stdlib.get_logger(__name__)


def _servers(urls: str) -> str:
    for url in urls.split(","):
        try:
            parts = urlsplit(url.strip() if "://" in url else f"nats://{url.strip()}")
            is_server = (
                parts.scheme in _SCHEMES and bool(re.fullmatch(r"\S+", parts.hostname or "")) and parts.port != 0
            )
        except ValueError:
            is_server = False
        if not is_server:
            raise ValueError("must be nats://HOST:PORT, or tls://HOST:PORT, or several with commas between them")
    return urls


def _certificates(file: str) -> str:
    try:
        _trust(file)
    except OSError as error:
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise ValueError(f"{file} cannot be used ({why})") from None
    return file


class NatsSettings(BaseSettings):
    """Where NATS is and who we are there."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    nats_url: Annotated[str, AfterValidator(_servers)] = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_ca_file: Annotated[str, AfterValidator(_certificates)] | None = None
    """Certificate authority of a TLS server; the URL scheme is then tls://."""


def inbox_prefix(settings: NatsSettings) -> str:
    """Answers come to an inbox that only this user may read."""
    return permissions.inbox(settings.nats_user) if settings.nats_user else "_INBOX"


def is_inbox(subject: str) -> bool:
    """Whether an answer may go there; who asks names it, and who answers may publish where they may not.

    Anything else may be a bucket, a stream or JetStream's own, or no subject at all: NATS would end the connection.
    """
    return _INBOX.fullmatch(subject) is not None


async def connect(
    settings: NatsSettings,
    name: str,
    *,
    on_disconnect: Callable[[], None] | None = None,
    on_reconnect: Callable[[], Awaitable[None]] | None = None,
    timeout_seconds: float | None = None,
) -> Client:
    """Connect, and reconnect for ever. Nothing is kept in the client's buffer while it is away.

    A command in that buffer would be carried out later, after its caller was told that it failed (invariant 1).
    The first connection is waited for without end, or for `timeout_seconds`; then TimeoutError is raised.
    What is in the way is logged once.
    """
    client = _SteadyClient(name, on_disconnect, on_reconnect)
    first = client.connect(
        servers=settings.nats_url.split(","),
        name=name,
        user=settings.nats_user,
        password=settings.nats_password.get_secret_value() if settings.nats_password else None,
        tls=tls_context(settings),
        inbox_prefix=inbox_prefix(settings),
        ping_interval=PING_SECONDS,
        max_outstanding_pings=2,
        reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type] # annotated int, used as seconds of any kind
        max_reconnect_attempts=-1,
        allow_reconnect=True,
        connect_timeout=2,
        pending_size=0,
        disconnected_cb=client.lost,
        reconnected_cb=client.regained,
        error_cb=client.failed,
    )
    try:
        await asyncio.wait_for(first, timeout_seconds)
    except BaseException:
        client.let_go()
        raise
    return client


class _SteadyClient(HeaderLinesClient):
    """Comes back whatever has become of its connection; the methods are private ones of the library.

    The library waits until a connection has sent all that was written before it makes another, and before it closes:
    to a node that has frozen or lost its power that is a quarter of an hour, or for ever. And what the server says
    before it ends a connection, such as that it has too many of them, makes the library close for good.
    """

    def __init__(
        self, called: str, on_disconnect: Callable[[], None] | None, on_reconnect: Callable[[], Awaitable[None]] | None
    ) -> None:
        super().__init__()
        self._ps = Reader(self)  # there is no other place to say how messages are read
        self._called = called
        self._on_disconnect = on_disconnect
        self._on_reconnect = on_reconnect
        self._told: set[str] = set()

    async def lost(self) -> None:
        """What was written before the cut was noticed is dropped: sent late it would surprise."""
        self._pending.clear()
        self._pending_data_size = 0
        self._told.clear()
        if not self.is_closed:  # whoever closes it has lost nothing
            logger.warning("nats_disconnected", name=self._called)
        if self._on_disconnect:
            self._on_disconnect()

    async def regained(self) -> None:
        """Somebody may have waited for it."""
        logger.info("nats_reconnected", name=self._called)
        if self._on_reconnect:
            await self._on_reconnect()

    async def failed(self, error: Exception) -> None:
        """An attempt that fails says once why; anything else is a bug."""
        if not isinstance(error, (OSError, nats.errors.Error, asyncio.TimeoutError)):
            logger.error("nats_error", name=self._called, error=repr(error))
        elif not self.is_connected and repr(error) not in self._told:  # it is met four times a second
            self._told.add(repr(error))
            logger.warning("nats_unreachable", name=self._called, error=repr(error))

    async def _attempt_reconnect(self) -> None:
        self.let_go()
        await super()._attempt_reconnect()

    async def _connect_to_server(self, s: Srv) -> None:
        self.let_go()  # of one that was made and not answered
        await super()._connect_to_server(s)

    async def _process_err(self, err_msg: str) -> None:
        if PERMISSIONS_ERR in err_msg:
            await super()._process_err(err_msg)
        else:
            error = nats.errors.Error(f"nats: {err_msg}")
            await self._process_op_err(error)
            await self._error_cb(error)

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        patience = asyncio.get_running_loop().call_later(_CLOSE_SECONDS, self.let_go)
        try:
            await super()._close(status, do_cbs)
        except OSError:
            logger.warning("nats_closed_with_messages_unsent")
        finally:
            patience.cancel()

    def let_go(self) -> None:
        """What was written and is not sent yet is dropped."""
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()


def tls_context(settings: NatsSettings) -> ssl.SSLContext | None:
    """Trust for the server's certificate, where one is set."""
    return _trust(settings.nats_ca_file) if settings.nats_ca_file else None


def _trust(file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=file or None)
