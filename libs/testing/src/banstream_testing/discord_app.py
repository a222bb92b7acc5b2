"""A stand-in for Discord's side of an application: signs interactions, takes answers, keeps the commands it is told.

Real HTTP; it refuses what Discord refuses (https://discord.com/developers/docs/interactions).
"""

import asyncio
import itertools
import json
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp import web
from nacl.signing import SigningKey

from banstream_testing.loopback import on_loopback
from banstream_testing.waiting import eventually

APPLICATION_ID = "1187654321098765432"
BOT_TOKEN = "b0t-t0ken"
GUILD_ID = "1187654321098765000"
MODERATOR_ROLE, READER_ROLE = "1187000000000000001", "1187000000000000002"
USER_ID = "1187000000000000042"

Fault = Literal["503", "429", "404", "403", "cut"]

_NAME = re.compile(r"[-_'\w]{1,32}")
_LONGEST_NAME, _LONGEST_DESCRIPTION, _MOST_CHOICES, _LONGEST_CUSTOM_ID = 32, 100, 25, 100


@dataclass(slots=True)
class DiscordApp:
    """An application with a key pair of its own. `faults` come first, one a request to the API.

    `shown` are the messages of each interaction's token, oldest first; `commands` what each scope was told.
    """

    url: str = ""
    key: SigningKey = field(default_factory=SigningKey.generate)
    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    commands: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    requests: int = 0
    retry_after: float = 0.05
    _ids: Any = field(default_factory=lambda: itertools.count(1_287_654_321_098_765_000))

    @property
    def public_key(self) -> str:
        """What the operator is shown in Discord's developer portal."""
        return self.key.verify_key.encode().hex()

    def settings(self, roles: Mapping[str, str | Sequence[str]]) -> dict[str, Any]:
        """The gateway's settings by their names in the environment, without the prefix, in small letters."""
        return {
            "discord_public_key": self.public_key,
            "discord_application_id": APPLICATION_ID,
            "discord_roles": dict(roles),
            "discord_api_url": self.url,
        }

    def interaction(self, data: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """One interaction of a moderator in a guild."""
        number = str(next(self._ids))
        user = {"id": USER_ID, "username": "alyx", "global_name": "Alyx Vance"}
        return {
            "id": number,
            "application_id": APPLICATION_ID,
            "type": 2,
            "token": f"t0ken-{number}",
            "version": 1,
            "guild_id": GUILD_ID,
            "locale": "en-US",
            "member": {"user": user, "nick": None, "roles": [MODERATOR_ROLE], "permissions": "0"},
            "data": dict(data or {}),
            **changes,
        }

    def command(self, name: str, options: Mapping[str, object], **changes: Any) -> dict[str, Any]:
        """The interaction of a command with its options."""
        typed = [{"name": option, "type": 3, "value": value} for option, value in options.items()]
        return self.interaction({"id": "1", "name": name, "type": 1, "options": typed}, **changes)

    def signed(self, body: bytes, timestamp: str | None = None) -> dict[str, str]:
        """The headers that go with a body."""
        at = timestamp or str(int(time.time()))
        signature = self.key.sign(at.encode() + body).signature.hex()
        return {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": at, "Content-Type": "application/json"}

    async def send(self, gateway_url: str, interaction: Mapping[str, Any]) -> dict[str, Any]:
        """Send an interaction as Discord does; its first answer. Discord waits three seconds, a busy machine longer."""
        body = json.dumps(interaction).encode()
        timeout = aiohttp.ClientTimeout(total=30)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(f"{gateway_url}/discord/interactions", data=body, headers=self.signed(body)) as answer,
        ):
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "application/json"
            first: dict[str, Any] = await answer.json()
        return first

    async def last_shown(self, interaction: Mapping[str, Any], count: int = 1) -> dict[str, Any]:
        """The message that a deferred answer has become, once it was changed so often."""
        token = str(interaction["token"])

        async def shown() -> list[dict[str, Any]] | None:
            found = self.shown.get(token, [])
            return found if len(found) >= count else None

        return (await eventually(shown))[-1]

    async def patch(self, request: web.Request) -> web.StreamResponse:
        """Edit Original Interaction Response."""
        if fault := await self._fault(request):
            return fault
        body = await request.json()
        if problem := message_problem(body):
            return _refused(400, 50035, f"Invalid Form Body: {problem}")
        self.shown.setdefault(request.match_info["token"], []).append(body)
        return web.json_response({"id": "1", **body})

    async def get_commands(self, request: web.Request) -> web.StreamResponse:
        """Get Application Commands: full of what Discord adds; localizations only where they are asked for."""
        if fault := await self._fault(request) or _unauthorized(request):
            return fault
        found = self.commands.get(_scope(request), [])
        is_full = request.query.get("with_localizations") == "true"
        return web.json_response([_as_stored(each, is_full=is_full) for each in found])

    async def put_commands(self, request: web.Request) -> web.StreamResponse:
        """Bulk Overwrite Application Commands."""
        if fault := await self._fault(request) or _unauthorized(request):
            return fault
        told = await request.json()
        if problem := next((found for each in told if (found := command_problem(each))), None):
            return _refused(400, 50035, f"Invalid Form Body: {problem}")
        self.commands[_scope(request)] = told
        return web.json_response([_as_stored(each, is_full=True) for each in told])

    async def _fault(self, request: web.Request) -> web.StreamResponse | None:
        self.requests += 1
        match self.faults.popleft() if self.faults else None:
            case None:
                return None
            case "cut":
                if request.transport is not None:
                    request.transport.close()
                await asyncio.sleep(0)
                return web.Response()
            case "429":
                body = {"message": "You are being rate limited.", "retry_after": self.retry_after, "global": False}
                return web.json_response(body, status=429, headers={"Retry-After": "1"})
            case "404":
                return _refused(404, 10015, "Unknown Webhook")
            case "403":
                return _refused(403, 50001, "Missing Access")
            case "503":
                return web.Response(status=503, text="upstream connect error")


def _refused(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"message": message, "code": code}, status=status)


def _unauthorized(request: web.Request) -> web.Response | None:
    if request.headers.get("Authorization") == f"Bot {BOT_TOKEN}":
        return None
    return _refused(401, 0, "401: Unauthorized")


def _scope(request: web.Request) -> str:
    return str(request.match_info.get("guild", ""))


def _as_stored(command: Mapping[str, Any], *, is_full: bool) -> dict[str, Any]:
    own = {"id": "9", "application_id": APPLICATION_ID, "version": "1", "nsfw": False, "dm_permission": True}
    stored = {"default_member_permissions": None, **own, **command}
    if not is_full:
        stored["name_localizations"] = stored["description_localizations"] = None
    return stored


def message_problem(body: Mapping[str, Any]) -> str | None:
    """What Discord would refuse a message for."""
    if body.get("allowed_mentions") != {"parse": []}:
        return "a test would be pinged"
    for embed in body["embeds"]:
        if _units(embed.get("title", "")) > 256 or not 1 <= _units(embed.get("description", "")) <= 4096:
            return "BASE_TYPE_BAD_LENGTH"
        if any(not 1 <= _units(each["value"]) <= 1024 for each in embed.get("fields", ())):
            return "BASE_TYPE_BAD_LENGTH field"
    buttons = [button for row in body.get("components", ()) for button in row["components"]]
    if any(not 1 <= len(button["custom_id"]) <= _LONGEST_CUSTOM_ID for button in buttons):
        return "BASE_TYPE_BAD_LENGTH custom_id"
    return None


def command_problem(command: Mapping[str, Any]) -> str | None:
    """What Discord would refuse the definition of a command for."""
    options = command.get("options", [])
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        return "required options must come first"
    for each in (command, *options):
        names = [each["name"], *each.get("name_localizations", {}).values()]
        if any(not _NAME.fullmatch(name) or name != name.lower() or len(name) > _LONGEST_NAME for name in names):
            return f"APPLICATION_COMMAND_INVALID_NAME {names}"
        said = [each["description"], *each.get("description_localizations", {}).values()]
        if any(not 1 <= len(text) <= _LONGEST_DESCRIPTION for text in said):
            return f"BASE_TYPE_BAD_LENGTH {said}"
        if len(each.get("choices", ())) > _MOST_CHOICES or (each.get("choices") and each.get("autocomplete")):
            return "choices"
    return None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@asynccontextmanager
async def discord_app() -> AsyncIterator[DiscordApp]:
    """Listens on loopback."""
    discord = DiscordApp()
    app = web.Application()
    commands, of_guild = "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"
    app.router.add_patch(f"/webhooks/{APPLICATION_ID}/{{token}}/messages/@original", discord.patch)
    for path in (commands, of_guild):
        app.router.add_get(path, discord.get_commands)
        app.router.add_put(path, discord.put_commands)
    async with on_loopback(app) as discord.url:
        yield discord
