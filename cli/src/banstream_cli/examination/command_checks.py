"""The commands that services have not decided yet."""

import asyncio
import time
from dataclasses import dataclass

from nats.aio.client import Client

from banstream_cli.examination.bus_checks import MOST_SECONDS_STILL, asked
from banstream_contracts import streams

_AGAIN_SECONDS = 0.25
_INTAKES = tuple(spec for spec in streams.CONSUMERS if spec.stream == streams.COMMANDS)


@dataclass(frozen=True, slots=True)
class _Intake:
    """How many commands a service has not acknowledged, and up to which it has."""

    waiting: int
    done: int


async def waiting(client: Client) -> tuple[str, str]:
    """Commands are decided as they come; a key that they were sealed for is needed as long as any waits."""
    before = now = await _intakes(client)
    until = time.monotonic() + MOST_SECONDS_STILL
    while (still := _still(before, now)) and time.monotonic() < until:
        await asyncio.sleep(_AGAIN_SECONDS)
        now = await _intakes(client)
    told = ", ".join(f"{each.waiting} for {name}" for name, each in now.items() if each.waiting)
    if not told:
        return "none waits", ""
    return told, f"see whether {', '.join(still)} runs, and its log: none of these is decided" if still else ""


def _still(before: dict[str, _Intake], now: dict[str, _Intake]) -> list[str]:
    return [name for name, each in now.items() if each.waiting and before[name].waiting and each == before[name]]


async def _intakes(client: Client) -> dict[str, _Intake]:
    return {spec.name: await _intake(client, spec) for spec in _INTAKES}


async def _intake(client: Client, spec: streams.ConsumerSpec) -> _Intake:
    """Of a consumer that is not there nothing is known; another check says that it is missing."""
    answer = await asked(client, f"CONSUMER.INFO.{spec.stream}.{spec.name}")
    if "ack_floor" not in answer:
        return _Intake(0, 0)
    return _Intake(answer["num_pending"] + answer["num_ack_pending"], answer["ack_floor"]["stream_seq"])
