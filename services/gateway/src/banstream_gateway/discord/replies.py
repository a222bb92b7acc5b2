"""The message that a deferred answer becomes: sent to Discord, and again while it is away.

Facts: https://discord.com/developers/docs/interactions/receiving-and-responding#edit-original-interaction-response
"""

import asyncio
from contextlib import suppress
from urllib.parse import quote

import aiohttp
import orjson
import structlog
from yarl import URL

from banstream_gateway.discord.cards import Message

TOKEN_SECONDS = 15 * 60.0
"""How long the token of an interaction is good."""

USER_AGENT = "DiscordBot (banstream, 0.1.0)"
_ATTEMPT_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
_EARLY_SECONDS = 10.0
_NOT_FOUND, _TIMEOUT, _TOO_MANY, _FIRST_FAULT, _OK = 404, 408, 429, 500, 300
_LARGEST_ANSWER = 64 * 1024

logger = structlog.stdlib.get_logger(__name__)


class Replies:
    """Changes original responses. Tokens are never logged; proxies of the environment are not used."""

    def __init__(self, api_url: str, application_id: str, first_pause_seconds: float = 0.5) -> None:
        self._webhooks = f"{api_url.rstrip('/')}/webhooks/{application_id}"
        self._first_pause_seconds = first_pause_seconds
        self._session: aiohttp.ClientSession | None = None

    async def change(self, token: str, message: Message, interaction_id: str, deadline: float) -> bool:
        """Show a message in place of what was answered first; whether Discord took it.

        Tried again until `deadline`, a time of the loop. Discord knows no message for a moment after the first
        answer, so a 404 counts only later.
        """
        loop = asyncio.get_running_loop()
        begin, pause = loop.time(), self._first_pause_seconds
        url = URL(f"{self._webhooks}/{quote(token, safe='')}/messages/@original", encoded=True)
        while True:
            status, wait = await self._try(url, orjson.dumps(message))
            if status is not None and status < _OK:
                return True
            is_early = status == _NOT_FOUND and loop.time() - begin < _EARLY_SECONDS
            if not (is_early or status is None or status in {_TIMEOUT, _TOO_MANY} or status >= _FIRST_FAULT):
                logger.warning("discord_refused_reply", interaction_id=interaction_id, status=status)
                return False
            wait = max(wait, pause)
            if loop.time() + wait >= deadline:
                logger.warning("discord_reply_given_up", interaction_id=interaction_id, status=status)
                return False
            logger.info("discord_reply_again", interaction_id=interaction_id, status=status, seconds=round(wait, 1))
            await asyncio.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def close(self) -> None:
        """Close the session, if there ever was one."""
        if self._session is not None:
            await self._session.close()

    async def _try(self, url: URL, body: bytes) -> tuple[int | None, float]:
        """The status, None where there was no answer; and for how long Discord wants to be left alone."""
        sent = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
        try:
            async with self._open().patch(url, data=body, headers=sent, allow_redirects=False) as response:
                content = await response.content.read(_LARGEST_ANSWER)
                return response.status, _retry_after(content) if response.status == _TOO_MANY else 0.0
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None, 0.0

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_ATTEMPT_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _retry_after(content: bytes) -> float:
    with suppress(ValueError, TypeError, KeyError):
        return min(max(0.0, float(orjson.loads(content)["retry_after"])), TOKEN_SECONDS)
    return 1.0
