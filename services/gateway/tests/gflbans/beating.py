"""Beats with a clock that a test turns."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.tests.conftest import Reply
from services.gateway.tests.gflbans.conftest import Plugin
from services.gateway.tests.gflbans.domain import PluginInfractions

from banstream_contracts.commands.infractions import ServeTime
from banstream_contracts.infractions import Restriction

STEAM_IDS = tuple(str(76561197960265728 + number) for number in range(1, 2000))
GAG = "c" * 24


@dataclass
class Clock:
    """The time of every gateway that it was given to."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def set(self, plugin: Plugin) -> None:
        plugin.running.gateway.game_servers.now = lambda: self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def player(steam_id: str, ip: str | None = None) -> dict[str, Any]:
    return {"gs_service": "steam", "gs_id": steam_id, **({"ip": ip} if ip else {})}


def body(players: Iterable[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "hostname": "Dust 24/7",
        "max_slots": 32,
        "players": [*players],
        "operating_system": "linux",
        "mod": "csgo",
        "map": "de_dust2",
        **fields,
    }


async def beat(plugin: Plugin, *players: dict[str, Any], **fields: Any) -> Reply:
    return await plugin.call("POST", "/api/v1/gs/heartbeat", body(players, **fields))


async def listed(plugin: Plugin, *players: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The blocks by Steam id, as the answer to a beat has them."""
    reply = await beat(plugin, *players, **fields)
    assert reply.status == 200, reply.body
    found = {entry["player"]["gs_id"]: entry["check"] for entry in reply.json}
    assert len(found) == len(reply.json)
    return found


def gag(seconds: int = 3600, infraction_id: str = GAG, **fields: Any) -> Restriction:
    values = {"punishments": ("chat_block",), "lifetime": "online", "reason": "spam", "scope": "global", **fields}
    return Restriction(infraction_id=infraction_id, time_left_seconds=seconds, **values)


def issued_at(time: datetime) -> str:
    """The id of an infraction of that time."""
    return f"{int(time.timestamp() * 1000):012x}{'0' * 12}"


def served(infractions: PluginInfractions) -> list[ServeTime]:
    return [command for command in infractions.carried_out if isinstance(command, ServeTime)]
