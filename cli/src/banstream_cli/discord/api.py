"""Discord's API for the commands of an application; the bot token is sent to it and shown nowhere."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from banstream_cli.terminal.exits import Stuck

PUBLIC_URL = "https://discord.com/api/v10"
_USER_AGENT = "DiscordBot (banstream, 0.1.0)"
_PAUSES = (0.2, 0.4, 0.8)
_LONGEST_WAIT = 10.0
_LONGEST_TOKEN = 512
_OK, _TOO_MANY, _FIRST_FAULT = 300, 429, 500

_HINTS = {
    400: "is this banstream too old or too new for Discord?",
    401: "the token file does not hold the bot token of this application (Developer Portal, Bot, Reset Token)",
    403: "the application is not in that guild, or was not added with the scope applications.commands",
    404: "there is no such application or guild",
}


class Commands:
    """The commands of one application: everywhere, or in one guild. Every method raises Stuck."""

    def __init__(self, session: aiohttp.ClientSession, url: URL) -> None:
        self._session = session
        self._url = url

    async def read(self) -> list[dict[str, Any]]:
        """What Discord knows, in all languages."""
        return await self._ask("GET", self._url.with_query(with_localizations="true"))

    async def overwrite(self, definitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Put these in place of all that Discord knows."""
        return await self._ask("PUT", self._url, list(definitions))

    async def _ask(self, method: str, url: URL, body: object = None) -> list[dict[str, Any]]:
        for pause in (*_PAUSES, None):
            try:
                async with self._session.request(method, url, json=body, allow_redirects=False) as response:
                    status, content = response.status, await _json(response)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                status, content = 0, f"{type(error).__name__}"
            if _OK > status > 0 and isinstance(content, list):
                return content
            wait = _wait(status, content, pause)
            if wait is None:
                raise _stuck(status, content, url)
            await asyncio.sleep(wait)
        raise AssertionError("the last try has no pause")


@asynccontextmanager
async def open_commands(api_url: str, application_id: str, guild_id: str | None, token: str) -> AsyncIterator[Commands]:
    """A session; proxies of the environment are not used."""
    try:
        base = URL(api_url.rstrip("/"))
    except ValueError:
        base = URL()
    if base.scheme not in {"http", "https"} or not base.host:
        raise Stuck(f"{api_url!r} is no URL of Discord's API")
    guild = f"/guilds/{guild_id}" if guild_id else ""
    url = URL(f"{base}/applications/{application_id}{guild}/commands")
    headers = {"Authorization": f"Bot {token}", "User-Agent": _USER_AGENT}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=15)) as session:
        yield Commands(session, url)


def token_in(path: Path) -> str:
    """The bot token that a file holds. Raises Stuck, never with what the file holds."""
    try:
        token = path.read_text("ascii").strip()
    except OSError as error:
        raise Stuck(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        token = ""
    if not (0 < len(token) <= _LONGEST_TOKEN and token.isprintable() and " " not in token):
        raise Stuck(f"{path} holds no bot token: one line, as the Developer Portal shows it")
    return token


def _wait(status: int, content: object, pause: float | None) -> float | None:
    """For how long before the next try; None is no next try."""
    if pause is None or not (status in {0, _TOO_MANY} or status >= _FIRST_FAULT):
        return None
    asked = retry_after(content) if status == _TOO_MANY else 0.0
    return max(pause, asked) if asked <= _LONGEST_WAIT else None


def retry_after(content: object) -> float:
    """For how long Discord wants to be left alone."""
    with suppress(TypeError, ValueError):
        return float(content.get("retry_after") or 0.0) if isinstance(content, dict) else 0.0
    return 0.0


def _stuck(status: int, content: object, url: URL) -> Stuck:
    if status == 0:
        return Stuck(f"{url.origin()} cannot be reached ({content})")
    if status == _TOO_MANY:
        return Stuck(f"Discord answers 429, too many requests: try again in {retry_after(content):.0f} s")
    said = str(content.get("message") or "") if isinstance(content, dict) else ""
    hint = _HINTS.get(status)
    return Stuck(f"Discord answers {status}{f', {said}' if said else ''}{f': {hint}' if hint else ''}")


async def _json(response: aiohttp.ClientResponse) -> object:
    try:
        content: object = await response.json(content_type=None)
    except ValueError:
        content = None
    return content
