"""Scripted stand-ins of the two clients in the field: what they send, what they accept, and how they read it.

SourceMod reads JSON through ripext (facts gflbans 0, 1.3): a null block has no `expiration` and is permanent, a number
that is no whole one is 0, cells have 32 bits, and only status 200 is success. CS2 takes any 2xx that holds JSON.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

PERMANENT = 0
_CELL = 2**32


class ClientError(Exception):
    """What the plugin would log, or raise."""


def _cell(value: object) -> int:
    """GetInt: 0 for what is no whole number; a 32-bit cell otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return (value + 2**31) % _CELL - 2**31


def _bool(reply: dict[str, Any], key: str) -> bool:
    """GetBool raises for what is missing or no boolean."""
    value = reply[key]
    if not isinstance(value, bool):
        raise ClientError(f"{key} is no boolean")
    return value


def _present(steam_id: str, ip: str) -> dict[str, str]:
    return {"gs_service": "steam", "gs_id": steam_id, "ip": ip}


@dataclass
class SourceMod:
    """GFLClan/sm_gflbans."""

    http: aiohttp.ClientSession
    website: str
    server_id: str
    server_key: str
    accepts_globals: bool = True
    errors: list[str] = field(default_factory=list)

    async def join(self, steam_id: str, ip: str) -> dict[str, int]:
        """All that it asks when somebody joins: two checks, of which the later counts, and whether it is a VPN."""
        await self.check(steam_id, ip)
        blocks = await self.check(steam_id, ip)
        await self.vpn(steam_id, ip)
        return blocks

    async def beat(self, hostname: str, players: Sequence[tuple[str, str]]) -> dict[str, dict[str, int]]:
        """What it would apply to each player who is told of, by Steam id; `players` are ids and addresses."""
        body = {
            "hostname": hostname[:127],
            "max_slots": 32,
            "players": [_present(*player) for player in players],
            "operating_system": "linux",
            "mod": "css",
            "map": "surf_mesa",
            "locked": False,
            "include_other_servers": self.accepts_globals,
        }
        told = await self.send("POST", "/api/v1/gs/heartbeat", body)
        assert all(each["player"]["gs_service"].lower() == "steam" for each in told)
        return {each["player"]["gs_id"]: self.applied(each["check"]) for each in told}

    async def call_admin(self, steam_id: str, message: str, cooldown: int = 600) -> tuple[bool, bool]:
        """sent, is_banned."""
        body = {
            "caller": {"gs_service": "steam", "gs_id": steam_id},
            "caller_name": "Somebody",
            "include_other_servers": self.accepts_globals,
            "message": message,
            "cooldown": cooldown,
        }
        reply = await self.send("POST", "/api/v1/gs/calladmin", body)
        return _bool(reply, "sent"), _bool(reply, "is_banned")

    async def claim(self, admin_name: str) -> None:
        """Take the open call; it reads nothing of the answer."""
        await self.send("POST", "/api/v1/gs/calladmin/claim", {"admin_name": admin_name})

    async def check(self, steam_id: str, ip: str) -> dict[str, int]:
        """The punishments it would apply: the end of each, 0 for good. What has ended already is skipped."""
        query = {
            "gs_service": "steam",
            "gs_id": steam_id,
            "ip": ip,
            "include_other_servers": "true" if self.accepts_globals else "false",
        }
        return self.applied(await self.send("GET", "/api/v1/infractions/check", query=query))

    def applied(self, check: dict[str, Any]) -> dict[str, int]:
        """How it reads a check: every key that is there is a block."""
        blocks: dict[str, int] = {}
        for kind, block in check.items():
            held = block if isinstance(block, dict) else {}
            expiration = _cell(held["expiration"]) if "expiration" in held else PERMANENT
            if expiration != PERMANENT and int(time.time()) > expiration:
                continue
            blocks[kind] = expiration
        return blocks

    async def punish(
        self, steam_id: str, ip: str, kinds: list[str], minutes: int, reason: str, admin: str | None = None
    ) -> bool:
        """The command of an admin, or of the console; whether it was taken."""
        body: dict[str, Any] = {
            "player": {"gs_service": "steam", "gs_id": steam_id, "ip": ip},
            "reason": reason or "No reason provided",
            "punishments": kinds,
            "scope": "global" if self.accepts_globals else "server",
        }
        if minutes:
            body["duration"] = minutes * 60
        return await self._taken("/api/v1/infractions/", self._by(body, admin))

    async def remove(self, steam_id: str, ip: str, kinds: list[str], reason: str, admin: str | None = None) -> bool:
        """Unban, unmute, ungag, unsilence; whether it was taken."""
        body = {
            "player": {"gs_service": "steam", "gs_id": steam_id, "ip": ip},
            "remove_reason": reason,
            "include_other_servers": self.accepts_globals,
            "restrict_types": kinds,
        }
        return await self._taken("/api/v1/infractions/remove", self._by(body, admin))

    async def vpn(self, steam_id: str, ip: str) -> tuple[bool, bool, bool]:
        """is_vpn, is_cloud_gaming, is_immune."""
        query = {"gs_service": "steam", "gs_id": steam_id, "ip": ip}
        found = await self.send("GET", "/api/v1/gs/vpn", query=query)
        return _bool(found, "is_vpn"), _bool(found, "is_cloud_gaming"), _bool(found, "is_immune")

    async def send(self, method: str, path: str, body: object = None, query: dict[str, str] | None = None) -> Any:
        """One request with ripext's headers. Raises ClientError with the `detail` of an error."""
        url = self.website.rstrip("/") + path
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "sm-ripext/1.3.1",
            "Authorization": f"SERVER {self.server_id[:31]} {self.server_key[:255]}",
        }
        content = orjson.dumps(body) if body is not None else None
        async with self.http.request(
            method, url, data=content, params=query, headers=headers, allow_redirects=False
        ) as answer:
            reply = orjson.loads(await answer.read())
            if answer.status != 200:
                detail = reply["detail"]
                assert isinstance(detail, str), "ripext raises on anything else"
                self.errors.append(detail)
                raise ClientError(detail)
            return reply

    async def _taken(self, path: str, body: dict[str, Any]) -> bool:
        try:
            await self.send("POST", path, body)
        except ClientError:
            return False
        return True

    @staticmethod
    def _by(body: dict[str, Any], admin: str | None) -> dict[str, Any]:
        if admin is not None:
            body["admin"] = {"gs_admin": {"gs_service": "steam", "gs_id": admin}}
        return body


@dataclass
class Cs2:
    """The CS2 plugin: its address ends in `api/`, and queries are put together without encoding."""

    http: aiohttp.ClientSession
    api_url: str
    server_id: str
    server_key: str

    async def join(self, steam_id: str, ip: str) -> dict[str, Any]:
        """One check. That it accepts global bans is told the wrong way round (facts gflbans 1.3), as here."""
        query = f"?gs_service=steam&gs_id={steam_id}&include_other_servers=false&ip={ip}"
        blocks: dict[str, Any] = await self.send("GET", f"infractions/check{query}")
        return blocks

    async def beat(self, players: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
        """What each player who is told of is held to, by Steam id. Its bots are players too."""
        body = {
            "hostname": "CS2 | Zombie Escape",
            "max_slots": 64,
            "players": [*(_present(*player) for player in players), {"gs_service": "steam", "gs_id": "BOT"}],
            "operating_system": "linux",
            "mod": "cs2",
            "map": "ze_ffvii",
        }
        told = await self.send("POST", "gs/heartbeat", body)
        return {each["player"]["gs_id"]: each["check"] for each in told}

    async def remove(self, steam_id: str, kinds: list[str], reason: str, admin: str | None = None) -> dict[str, int]:
        """Take punishments off a player; the counts."""
        body: dict[str, Any] = {
            "player": {"gs_service": "steam", "gs_id": steam_id},
            "remove_reason": reason,
            "restrict_types": kinds,
        }
        if admin is not None:
            body["admin"] = {"gs_admin": {"gs_service": "steam", "gs_id": admin}}
        counts: dict[str, int] = await self.send("POST", "infractions/remove", body)
        return counts

    async def report(self, steam_id: str, target_id: str, message: str) -> dict[str, Any]:
        """Report a player."""
        body = {
            "caller": {"gs_service": "steam", "gs_id": steam_id},
            "caller_name": "Somebody",
            "report_target": {"gs_service": "steam", "gs_id": target_id},
            "report_target_name": "Somebody else",
            "message": message,
            "cooldown": 1,
        }
        reply: dict[str, Any] = await self.send("POST", "gs/calladmin/", body)
        return reply

    async def claim(self, admin_name: str) -> bool:
        """Take the open call; whether there was one."""
        return bool((await self.send("POST", "gs/calladmin/claim", {"admin_name": admin_name}))["success"])

    async def punish(self, body: dict[str, Any]) -> int:
        """How many seconds it applies at once: time connected, else the time between begin and end; 0 for good."""
        made = await self.send("POST", "infractions/", body)
        if "time_left" in made:
            return int(made["time_left"])
        return int(made.get("expires", made["created"])) - int(made["created"])

    async def history(self, steam_id: str) -> list[dict[str, Any]]:
        """A player's infractions as it lists them in chat."""
        query = f"?gs_service=steam&gs_id={steam_id}&active_only=false&limit=10&include_other_servers=true"
        found = await self.send("GET", f"infractions/{query}")
        assert isinstance(found["total_matched"], int)
        return [
            {key: entry.get(key) for key in ("flags", "reason", "created", "expires")} for entry in found["results"]
        ]

    async def send(self, method: str, path: str, body: object = None) -> Any:
        """One request. Raises ClientError."""
        headers = {"Authorization": f"SERVER {self.server_id} {self.server_key}", "Content-Type": "application/json"}
        content = orjson.dumps(body) if body is not None else None
        async with self.http.request(
            method, self.api_url + path, data=content, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status not in range(200, 300):
                raise ClientError(f"{answer.status}: {await answer.text()}")
            return orjson.loads(await answer.read())
