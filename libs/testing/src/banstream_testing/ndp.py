"""NDP's clients, each generation as it is in the field (facts ndp-flask-rewind 1.4): what they send and what they read.

Written from those facts: the state each of them keeps, and what it makes of good and of bad answers.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

_LONG, _SHORT = aiohttp.ClientTimeout(total=10), aiohttp.ClientTimeout(total=5)
_RETRIED = {429, 503}


@dataclass
class Console:
    """The stdin of a game server: what a plugin writes there, every line of it a command."""

    written: list[str] = field(default_factory=list)

    def execute(self, text: str) -> None:
        """Write it as it is."""
        self.written += text.split("\n")


@dataclass
class McdrPlugin:
    """NDP-MCDR. `url` has no slash at its end, and may have a path."""

    url: str
    token: str
    http: aiohttp.ClientSession
    console: Console = field(default_factory=Console)
    ip_bans: dict[str, Any] = field(default_factory=dict)
    player_bans: dict[str, Any] = field(default_factory=dict)
    last_sync: str | None = None

    async def ban(self, player: str, ip: str, reason: str) -> int:
        """`!!ndp ban`."""
        status = await self._post("ban", player, ip, reason)
        self.console.execute(f"ban {player} {reason}")
        return status

    async def pardon(self, player: str, reason: str, ip: str = "") -> int:
        """`!!ndp pardon`; the plugin may not know an address."""
        status = await self._post("remove", player, ip, reason)
        self.console.execute(f"pardon {player}")
        return status

    async def sync(self) -> bool:
        """Every 30 seconds; whether the old state was replaced."""
        try:
            self.read(await self._get("/bans", {}, _LONG))
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, KeyError):
            return False
        return True

    def read(self, content: dict[str, Any]) -> None:
        """What is taken over of the list."""
        raise NotImplementedError

    async def may_join(self, player: str, ip: str) -> bool:
        """Whether a player is let in, by what the plugin has."""
        return ip not in self.ip_bans and player not in self.player_bans

    async def _post(self, action: str, username: str, ip: str, cause: str) -> int:
        body = {"verification": self.token, "action": action, "username": username, "ip": ip, "cause": cause}
        async with self.http.post(f"{self.url}/add_ban", json=body, timeout=_LONG) as answer:
            answer.raise_for_status()
            status = answer.status
        await self.sync()
        return status

    async def _get(self, path: str, query: dict[str, str], limit: aiohttp.ClientTimeout) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {self.token}"}
        async with self.http.get(self.url + path, params=query, headers=bearer, timeout=limit) as answer:
            answer.raise_for_status()
            found: dict[str, Any] = json.loads(await answer.read())
            return found


class Mcdr164(McdrPlugin):
    """1.6.4: two objects, by address and by name; never asks about one player."""

    def read(self, content: dict[str, Any]) -> None:
        """As they come."""
        self.ip_bans = content.get("ip_bans", {})
        self.player_bans = content.get("player_bans", {})
        self.last_sync = content.get("timestamp")


class Mcdr170(Mcdr164):
    """1.7.0: the same, and asks at each join."""

    async def may_join(self, player: str, ip: str) -> bool:
        """By what the server says; by the own state where it does not answer."""
        try:
            said = await self._get("/check_ban", {"username": player, "ip": ip}, _SHORT)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return await super().may_join(player, ip)
        if said.get("action") != "kick":
            return True
        kind = said.get("info", {}).get("ban_type", "?")
        related = said.get("info", {}).get("related_players" if kind == "ip" else "related_ips", [])
        self.console.execute(f"kick {player} {said.get('cause')} {kind} {', '.join(related)}")
        return False


class Mcdr177(McdrPlugin):
    """1.7.7: two arrays; types every new entry into the console; reads the whole list at each join."""

    def read(self, content: dict[str, Any]) -> None:
        """By address and by name, and what is new goes to the console."""
        ip_bans = {each["ip"]: each for each in content.get("active_ips", []) if each.get("ip")}
        player_bans = {each["username"]: each for each in content.get("active_players", []) if each.get("username")}
        for ip in ip_bans.keys() - self.ip_bans.keys():
            self.console.execute(f"ban-ip {ip}")
        for name in player_bans.keys() - self.player_bans.keys():
            self.console.execute(f"ban {name}")
        self.ip_bans, self.player_bans = ip_bans, player_bans

    async def may_join(self, player: str, ip: str) -> bool:
        """By the list of this moment; by the own state where there is none."""
        try:
            content = await self._get("/bans", {}, _SHORT)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return await super().may_join(player, ip)
        for each in [*content.get("active_ips", []), *content.get("active_players", [])]:
            if (ip == each.get("ip") and "players" in each) or player == each.get("username"):
                self.console.execute(f"kick {player} {each.get('cause')}")
                return False
        return True


@dataclass
class JavaPlugin:
    """The plugin for Spigot, BungeeCord and Velocity. `url` ends in a slash."""

    url: str
    token: str
    http: aiohttp.ClientSession
    bans: list[tuple[str, str, str]] = field(default_factory=list)
    polls: bool = True

    async def poll(self) -> None:
        """Every 10 seconds: no token, no look at the status, and a thread that dies of what it did not expect."""
        try:
            body = await self._get()
        except (aiohttp.ClientError, ConnectionError):
            return
        try:
            self._take(body)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.polls = False

    async def ban(self, name: str, ip: str, reason: str) -> None:
        """`/ndp ban`: known here at once, elsewhere when the list says so."""
        self.bans.append((name, ip, reason))
        await self._post("ban", name, ip, reason)

    async def pardon(self, who: str, reason: str) -> None:
        """`/ndp pardon`, by name or by address."""
        found = next(each for each in self.bans if who in each[:2])
        self.bans.remove(found)
        await self._post("remove", found[0], found[1], reason)

    def may_join(self, name: str, ip: str) -> bool:
        """By exact name, then by exact address."""
        return not any(name == banned or ip == address for banned, address, _ in self.bans)

    async def _get(self) -> bytes:
        headers = {"Accept-Encoding": "gzip, x-gzip, deflate", "User-Agent": "Apache-HttpClient/5.2.1 (Java/17.0.9)"}
        url = URL(f"{self.url}bans?%7B%7D", encoded=True)
        for is_last in (False, True):
            try:
                async with self.http.get(url, headers=headers) as answer:
                    body = await answer.read()
                    if is_last or answer.status not in _RETRIED:
                        return body
            except (aiohttp.ClientError, ConnectionError):
                if is_last:
                    raise
        raise AssertionError

    def _take(self, body: bytes) -> None:
        content: Any = json.loads(body) if body else None
        self.bans.clear()
        if "recent_actions" not in content:
            return
        for action in content["recent_actions"]:
            entry = action["username"], action["ip"], action["cause"]
            if not all(isinstance(each, str) for each in entry):
                raise TypeError
            self.bans.append(entry)

    async def _post(self, action: str, username: str, ip: str, cause: str) -> None:
        body = {"verification": self.token, "action": action, "username": username, "ip": ip, "cause": cause}
        sent = {"Content-Type": "application/json; charset=UTF-8"}
        async with self.http.post(f"{self.url}add_ban", data=json.dumps(body), headers=sent) as answer:
            await answer.read()
