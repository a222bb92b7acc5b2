"""One HTTP question to a provider: short, bounded, and never a reason to fail."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from banstream_gateway.vpn.providers import REST_SECONDS, ProviderFailed

LONGEST_REST_SECONDS = 3600.0
_LARGEST_ANSWER = 64 * 1024
_TOO_MANY, _FIRST_FAULT = 429, 500


@dataclass(slots=True)
class Http:
    """A session that is made when it is first needed; proxies of the environment are not used."""

    timeout_seconds: float
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    async def get(self, url: URL, headers: Mapping[str, str]) -> tuple[int, object]:
        """Status and JSON of an answer. Raises ProviderFailed.

        Redirects are not followed, since they could take the key elsewhere.
        An answer of 429 or 5xx makes the provider rest, as does none at all.
        """
        try:
            session = self._open()
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status == _TOO_MANY or response.status >= _FIRST_FAULT:
                    raise ProviderFailed(f"status {response.status}", _rest(response.headers.get("Retry-After", "")))
                return response.status, _read(await _bounded(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ProviderFailed(type(error).__name__, REST_SECONDS) from None

    async def close(self) -> None:
        """Close the session, if there ever was one."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_LARGEST_ANSWER):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise ProviderFailed("an answer of more than 64 KiB")
    return bytes(content)


def _read(content: bytes) -> object:
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderFailed("an answer that is no JSON") from None
    return found


def _rest(retry_after: str) -> float:
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < len("1000000"):
        return min(max(float(retry_after), 1.0), LONGEST_REST_SECONDS)
    return REST_SECONDS
