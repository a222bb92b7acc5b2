"""Game servers and staff while things break: joins, bans, lifts, incidents; each write repeated until accepted."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp
from tests.chaos.model import Model
from tests.chaos.world import World

JOINS_PER_SECOND, BANS_PER_SECOND, INCIDENTS_PER_SECOND = 20.0, 2.0, 1.0
_LIFTED, _SENT_AGAIN = 0.3, 0.1
"""The share of bans that are lifted, and of those that a client sends once more though it has its answer."""
_REQUEST_SECONDS = 5.0
_PAUSE_SECONDS = 0.3
_ACCEPTED = frozenset({200, 201, 202})
_NOT_NOW = frozenset({429, 503})
_STALE = "Banstream-Stale-Seconds"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Any
    gate: str | None
    """The life of the gateway that answered; None where it ended meanwhile."""
    stale_seconds: int | None = None
    """How long it has been without news, where it says so."""


@dataclass(slots=True)
class Load:
    """Goes on until `stop`; then waits for what is on its way until `give_up`."""

    world: World
    model: Model
    random: Random
    http: aiohttp.ClientSession
    latencies: list[float] = field(default_factory=list)
    longest_gap: float = 0.0
    """The longest time, in seconds, in which no write was accepted."""
    given_up: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    """Of each player who was to be banned: `ban 7` and `lift 7` are the reasons."""
    _accepted_at: float = field(default_factory=time.monotonic)
    _banned: list[str] = field(default_factory=list)
    _number: int = 0
    _incidents: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Start what is due until `stop`; returns when all of it has been answered or given up."""
        async with asyncio.TaskGroup() as tasks:
            for per_second, one in (
                (JOINS_PER_SECOND, self._join),
                (BANS_PER_SECOND, self._ban),
                (INCIDENTS_PER_SECOND, self._report),
            ):
                tasks.create_task(self._each(tasks, 1 / per_second, one, stop))
        self._note_gap()

    async def _each(
        self, tasks: asyncio.TaskGroup, pause: float, one: Callable[[], Awaitable[None]], stop: asyncio.Event
    ) -> None:
        while not stop.is_set():
            tasks.create_task(_running(one))
            await asyncio.sleep(pause)

    async def _join(self) -> None:
        number = self.random.randrange(2)
        is_known = self._banned and self.random.random() < 0.6
        player = self.random.choice(self._banned) if is_known else _player(10**9 + self.random.randrange(10**6))
        await self.check(player, number)

    async def check(self, player: str, number: int) -> bool | None:
        """One join check; whether the gateway says banned, None where it does not answer."""
        expected = self.model.expects(player, self.world.gate(number))
        self.model.counts["checks sent"] += 1
        began = time.perf_counter()
        answer = await self._request("GET", f"/v1/players/dayz/{player}/restrictions", number)
        if answer is None or answer.status in _NOT_NOW:
            self.model.counts["checks not answered"] += 1
            if answer is not None:
                self.model.refused(answer.gate, f"{answer.status}: {answer.body}")
            return None
        if answer.status != 200:
            self.model.wrong.append(f"a check was answered with {answer.status}: {answer.body}")
            return None
        self.latencies.append(time.perf_counter() - began)
        is_banned = "ban" in answer.body["restrictions"]
        self.model.checked(expected, answer.gate or "gone", is_banned=is_banned, stale_seconds=answer.stale_seconds)
        return is_banned

    async def _ban(self) -> None:
        self._number += 1
        number, player = self._number, _player(self._number)
        body = {"player": {"service": "dayz", "id": player}, "punishments": ["ban"], "reason": f"ban {number}"}
        self._banned.append(player)
        self.numbers[player] = number
        key = f"ban {number}"
        answer = await self._write("/v1/infractions", body, key, (player, False))
        if answer is None:
            return
        if self.random.random() < _SENT_AGAIN:
            self.model.counts["sent again"] += 1
            await self._write("/v1/infractions", body, key, (player, False))
        if answer.status != 202 and self.random.random() < _LIFTED:
            path = f"/v1/infractions/{answer.body['id']}/lift"
            await self._write(path, {"reason": f"lift {number}"}, f"lift {number}", (player, True))

    async def _report(self) -> None:
        self._incidents += 1
        reported_id = f"incident-{self._incidents}"
        self.model.incidents[reported_id] = False
        player = {"service": "dayz", "id": _player(2 * 10**9 + self._incidents)}
        body = {"id": reported_id, "player": player, "reason": "speed_hack"}
        answer = await self._write("/v1/incidents", body, reported_id, None)
        self.model.incidents[reported_id] = answer is not None

    async def _write(self, path: str, body: object, key: str, about: tuple[str, bool] | None) -> _Answer | None:
        """Repeat it with the same key, at one gateway after the other, until it is accepted."""
        number = self.random.randrange(2)
        while not self.given_up:
            if about:
                self.model.asks(about[0], self.world.gate(number), lifts=about[1])
            answer = await self._request("POST", path, number, body, key)
            if answer is not None and answer.status in _ACCEPTED:
                self._accept(answer, about)
                if about and answer.status != 202:
                    await self.check(about[0], number)
                return answer
            if answer is not None and answer.status not in _NOT_NOW:
                self.model.wrong.append(f"{key} was answered with {answer.status}: {answer.body}")
                return None
            self.model.counts["writes repeated"] += 1
            await asyncio.sleep(_PAUSE_SECONDS)
            number = 1 - number
        return None

    def _accept(self, answer: _Answer, about: tuple[str, bool] | None) -> None:
        self._note_gap()
        self.model.counts[f"writes answered {answer.status}"] += 1
        if about:
            player, lifts = about
            is_done = answer.status != 202 and answer.gate is not None
            self.model.accepted(player, answer.gate or "", lifts=lifts, is_done=is_done)

    def _note_gap(self) -> None:
        now = time.monotonic()
        self.longest_gap = max(self.longest_gap, now - self._accepted_at)
        self._accepted_at = now

    async def _request(
        self, method: str, path: str, number: int, body: object = None, key: str | None = None
    ) -> _Answer | None:
        """None where nobody answers in time."""
        system, gate = self.world.system, self.world.gate(number)
        sent = {"Authorization": f"SERVER {system.server_id} {system.server_key}"} if method == "GET" else None
        sent = sent or {**system.headers(), "Idempotency-Key": key or ""}
        url = f"{system.gateways[number].url}{path}"
        try:
            async with self.http.request(method, url, json=body, headers=sent) as answer:
                content = await answer.read()
                stale = answer.headers.get(_STALE)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        try:
            found = json.loads(content)
        except ValueError:
            self.model.wrong.append(f"{method} {path} was answered with {answer.status} and no JSON: {content[:200]!r}")
            return None
        stale_seconds = None if stale is None else int(stale)
        return _Answer(answer.status, found, gate if gate == self.world.gate(number) else None, stale_seconds)


def client_session() -> aiohttp.ClientSession:
    """As many connections as it takes, each answer within seconds."""
    connector = aiohttp.TCPConnector(limit=0)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS))


def _player(number: int) -> str:
    """A DayZ id."""
    return f"{number:040X}"


async def _running(one: Callable[[], Awaitable[None]]) -> None:
    await one()
