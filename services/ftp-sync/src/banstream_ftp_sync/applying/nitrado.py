"""The ban list of a game server at Nitrado, by its API."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from banstream_ftp_sync.applying.nitrado_replies import NoAnswer, Nonsense, answer_data, ban_list

DEFAULT_API = "https://api.nitrado.net"
_MAX_ANSWER_BYTES = 8 * 1024 * 1024


class BanField(Protocol):
    """A ban list that is one field of text somewhere."""

    async def read(self) -> str:
        """The whole field. Raises `NitradoError`."""
        ...

    async def write(self, value: str) -> None:
        """Replace the whole field. Raises `NitradoError`."""
        ...


@dataclass(frozen=True, slots=True)
class NitradoPlace:
    """A game server at Nitrado: the number of its service, and a long-life token with the scope `service`."""

    service_id: int
    token: str = field(repr=False)
    api: str = DEFAULT_API
    timeout_seconds: float = 30.0


class NitradoBans:
    """`settings.general.bans` of one service; nothing is retried here, the caller has its own back-off."""

    def __init__(self, session: aiohttp.ClientSession, place: NitradoPlace) -> None:
        self._session = session
        self._place = place
        self._base = f"{place.api.rstrip('/')}/services/{place.service_id}/gameservers"

    async def read(self) -> str:
        """See the port."""
        return ban_list(await self._asked("GET", self._base, None))

    async def write(self, value: str) -> None:
        """See the port."""
        form = {"category": "general", "key": "bans", "value": value}
        await self._asked("POST", f"{self._base}/settings", form)

    async def _asked(self, method: str, url: str, form: dict[str, str] | None) -> dict[str, Any]:
        """The data of the answer; redirects are not followed, as the token would go with them."""
        try:
            async with (
                asyncio.timeout(self._place.timeout_seconds),
                self._session.request(
                    method,
                    url,
                    data=form,
                    headers={"Authorization": f"Bearer {self._place.token}", "Accept": "application/json"},
                    allow_redirects=False,
                ) as answer,
            ):
                body = await _whole(answer)
                return answer_data(answer.status, answer.headers.get("Retry-After"), body)
        except TimeoutError:
            raise NoAnswer(f"Nitrado was silent for {self._place.timeout_seconds:g} s") from None
        except aiohttp.ClientError as error:
            raise NoAnswer(f"Nitrado could not be asked ({type(error).__name__})") from None


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise Nonsense("Nitrado's answer is far too long")
    return bytes(body)
