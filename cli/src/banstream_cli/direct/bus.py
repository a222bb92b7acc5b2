"""NATS as the operator: connected within seconds, or a line that says why not."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from pydantic import SecretStr, ValidationError

from banstream_cli.settings import NatsLogin
from banstream_cli.terminal.exits import Stuck, Unreachable
from banstream_runtime.connection import PING_SECONDS, RECONNECT_SECONDS, NatsSettings, tls_context
from banstream_runtime.startup import lines_about

CONNECT_SECONDS = 4.0
_CLOSE_SECONDS = 2.0

Hook = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    return


@asynccontextmanager
async def operator(
    login: NatsLogin, *, on_disconnect: Hook = _nothing, on_reconnect: Hook = _nothing
) -> AsyncIterator[Client]:
    """A connection for the block; raises Stuck when there is none, or when it fails in the block.

    Reconnects for ever once it was connected. Nothing is kept in the client's buffer meanwhile (invariant 1).
    """
    is_open = False

    async def disconnected() -> None:
        if is_open:
            await on_disconnect()

    client = await connect(login, disconnected, on_reconnect)
    is_open = True
    try:
        with nats_trouble(login):
            yield client
    finally:
        is_open = False
        with suppress(nats.errors.Error, OSError, TimeoutError):
            await asyncio.wait_for(client.close(), _CLOSE_SECONDS)


async def connect(login: NatsLogin, on_disconnect: Hook = _nothing, on_reconnect: Hook = _nothing) -> Client:
    """Raises Stuck after CONNECT_SECONDS; the client library itself would try for ever."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of the end of every TLS connection
    try:
        settings = NatsSettings(
            nats_url=login.url,
            nats_user=login.user,
            nats_password=_secret(login.password),
            nats_ca_file=login.ca_file,
        )
    except ValidationError as error:
        raise Unreachable("; ".join(lines_about(error))) from error
    client, last = Client(), _LastError()
    try:
        await asyncio.wait_for(
            client.connect(
                servers=login.url.split(","),
                name="banstream cli",
                user=login.user,
                password=login.password,
                tls=tls_context(settings),
                ping_interval=PING_SECONDS,
                max_outstanding_pings=2,
                reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type] # annotated int, used as seconds of any kind
                max_reconnect_attempts=-1,
                connect_timeout=2,
                pending_size=0,
                disconnected_cb=on_disconnect,
                reconnected_cb=on_reconnect,
                error_cb=last.take,
            ),
            CONNECT_SECONDS,
        )
    except (OSError, ValueError, nats.errors.Error) as error:
        with suppress(nats.errors.Error, OSError, TimeoutError, AssertionError):  # it was perhaps never opened
            await asyncio.wait_for(client.close(), _CLOSE_SECONDS)
        raise _unreachable(login, last.error or error) from error
    return client


@contextmanager
def nats_trouble(login: NatsLogin) -> Iterator[None]:
    """What NATS refuses or does not answer, in one line."""
    try:
        yield
    except BrokenPipeError:
        raise  # of stdout: the client library keeps its own to itself
    except nats.errors.NoRespondersError as error:
        raise Stuck(f"NATS at {address(login.url)} has no JetStream, or a service is not running") from error
    except nats.js.errors.NotFoundError as error:
        raise Stuck(f"NATS: {error.description}; run `banstream streams apply`") from error
    except (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError) as error:
        raise Stuck(f"NATS at {address(login.url)} did not do it: {_reason(error)}") from error


def address(url: str) -> str:
    """Where it is, without user and password."""
    return ",".join(_without_login(each.strip()) for each in url.split(","))


class _LastError:
    """The first connection may fail for a reason that only the callback hears of; a login that is refused stays it."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    async def take(self, error: Exception) -> None:
        if self.error is None or not _is_refusal(self.error):
            self.error = error


def _unreachable(login: NatsLogin, error: BaseException) -> Unreachable:
    where = address(login.url)
    if _is_refusal(error):
        return Unreachable(f"NATS at {where} does not let us in: set BANSTREAM_NATS_USER and BANSTREAM_NATS_PASSWORD")
    if isinstance(error, ssl.SSLCertVerificationError):
        said = f"shows a certificate that is not trusted ({error.verify_message})"
        return Unreachable(f"NATS at {where} {said}: set BANSTREAM_NATS_CA_FILE to its authority's")
    return Unreachable(
        f"NATS at {where} cannot be reached ({_reason(error)}): is it running, and is BANSTREAM_NATS_URL right?"
    )


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, nats.errors.AuthorizationError) or "authorization violation" in str(error).lower()


def _reason(error: BaseException) -> str:
    return str(error).removeprefix("nats: ") or type(error).__name__


def _secret(password: str | None) -> SecretStr | None:
    return SecretStr(password) if password is not None else None


def _without_login(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        host, port = parts.hostname, parts.port or 4222
    except ValueError:
        return "the URL that was set"
    return f"{host}:{port}"
