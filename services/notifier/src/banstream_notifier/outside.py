"""HTTP to addresses that others named: public ones only, as resolved, bounded in time and size, no redirects."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import Any, NoReturn

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from banstream_notifier.destinations import is_public
from banstream_notifier.outcomes import TryLater

_MOST_BYTES = 262_144
_CONNECTIONS = 100
_END_SECONDS = 1.0
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
_REDIRECTS, _TOO_MANY = 300, 429
_MOST_OF_A_HEADER = 65_536


class PrivateAddress(OSError):
    """A name that resolves to an address which is not public."""


class Resolver(AbstractResolver):
    """Looks names up in threads of its own: while a name server is silent, nobody else's lookup waits for it.

    Where `only_public`, it hands the connector addresses that were looked at: it connects to these, and asks nobody
    again.
    """

    def __init__(self, *, only_public: bool, look_up: Callable[..., Sequence[Any]] = socket.getaddrinfo) -> None:
        self._only_public = only_public
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(_CONNECTIONS, "lookup")
        self._waiting: set[asyncio.Future[Sequence[Any]]] = set()
        self._is_stopped = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of a host. Raises PrivateAddress where one of them is not to be used: then the name is not.

        Raises OSError where there is none: aiohttp takes an empty answer for a bug.
        """
        look_up = partial(self._look_up, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=of, proto=protocol, flags=_NUMERIC)
            for of, _, protocol, _, address in await self._answer(look_up)
        ]
        if not found:
            raise OSError("the host has no address")
        if self._only_public and not all(is_public(ip_address(each["host"].partition("%")[0])) for each in found):
            raise PrivateAddress("the host resolves to an address that is not public")
        return found

    async def _answer(self, look_up: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        answer = asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        self._waiting.add(answer)
        try:
            if self._is_stopped:
                answer.cancel()
            return await answer
        except UnicodeError:
            raise OSError("no name server takes such a name") from None
        finally:
            self._waiting.discard(answer)

    def stop(self) -> None:
        """Cancel whatever waits for a lookup: nothing of it has been sent."""
        self._is_stopped = True
        for answer in self._waiting:
            answer.cancel()

    async def close(self) -> None:
        """A lookup that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def open_session(
    timeout_seconds: float, resolver: Resolver, trust: ssl.SSLContext | bool = True
) -> aiohttp.ClientSession:
    """A session for all targets. It keeps no cookies, follows no proxy variables, and looks names up each time.

    `trust` says whose certificates are good: those that the system trusts.
    """
    connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, limit=_CONNECTIONS, ssl=trust)
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        max_line_size=_MOST_OF_A_HEADER,
        max_field_size=_MOST_OF_A_HEADER,
    )


async def request(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    is_read: bool = True,
    **sent: Any,  # noqa: ANN401 - aiohttp's
) -> "Answer":
    """One request. Raises TryLater where no answer came; its message names neither path nor secret.

    An answer whose body is not `is_read` has come with its status, whatever becomes of the rest; so has a success.
    """
    try:
        async with session.request(method, url, allow_redirects=False, **sent) as answer:
            body = await _body_of(answer) if is_read else await _let_it_end(answer)
            return Answer(answer.status, answer.headers, body)
    except TimeoutError:
        raise TryLater("no answer in time") from None
    except aiohttp.ClientSSLError as error:
        _untrusted(error)
    except aiohttp.ClientConnectorError as error:
        _unreachable(error)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise TryLater(f"the connection failed ({type(error).__name__})") from None


class Answer:
    """An answer and the start of its body."""

    def __init__(self, status: int, sent: "aiohttp.typedefs.LooseHeaders", body: bytes) -> None:
        self.status = status
        self.headers: Any = sent
        self.body = body


async def _body_of(answer: aiohttp.ClientResponse) -> bytes:
    """Empty where that of a success breaks off, since what was taken would be there twice, sent again; or of a 429."""
    try:
        return await _start_of(answer)
    except (aiohttp.ClientError, OSError, ValueError):
        if answer.status >= _REDIRECTS and answer.status != _TOO_MANY:
            raise
        return b""


async def _let_it_end(answer: aiohttp.ClientResponse) -> bytes:
    """So that the connection can be used again."""
    with suppress(aiohttp.ClientError, OSError, ValueError):
        async with asyncio.timeout(_END_SECONDS):
            await _start_of(answer)
    return b""


async def _start_of(answer: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    length = 0
    async for part in answer.content.iter_chunked(16_384):
        parts.append(part)
        length += len(part)
        if length >= _MOST_BYTES:
            answer.close()
            break
    return b"".join(parts)[:_MOST_BYTES]


def _unreachable(error: aiohttp.ClientConnectorError) -> NoReturn:
    if isinstance(error.os_error, PrivateAddress) or isinstance(error.__cause__, PrivateAddress):
        raise TryLater("the host resolves to an address that is not public") from None
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        raise TryLater("the host name cannot be resolved") from None
    raise TryLater("cannot connect") from None


def _untrusted(error: aiohttp.ClientSSLError) -> NoReturn:
    fault = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error.os_error
    why = fault.verify_message if isinstance(fault, ssl.SSLCertVerificationError) else getattr(fault, "reason", None)
    raise TryLater(": ".join(filter(None, ("no trusted TLS connection", why)))) from None
