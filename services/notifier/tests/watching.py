"""What the notifier has done, asked and waited for by its running tests."""

import json
from typing import Any

from pydantic import BaseModel

from banstream_contracts import subjects
from banstream_contracts.notifier_targets import TargetKind
from banstream_testing.discord import DiscordStandIn
from banstream_testing.infractions import Bus
from banstream_testing.notifier import Receiver
from banstream_testing.waiting import eventually

WEBHOOK = TargetKind.WEBHOOK


async def ask(to: Bus, subject: str, **question: Any) -> Any:
    dumped = {name: each.model_dump() if isinstance(each, BaseModel) else each for name, each in question.items()}
    reply = await to.client.request(subject, json.dumps(dumped).encode(), timeout=30)
    return json.loads(reply.data)


async def found(to: Bus, target_id: str) -> Any:
    return await ask(to, subjects.QUERY_TARGET, target_id=target_id)


async def until_status(to: Bus, target_id: str, status: str) -> None:
    async def has_it() -> bool:
        target = (await found(to, target_id))["target"]
        return bool(target and target["status"] == status)

    await eventually(has_it)


async def until_told(discord: DiscordStandIn, count: int, token: str = "t0ken") -> None:  # noqa: S107 - invented
    async def told() -> bool:
        return len(discord.embeds(token)) >= count

    await eventually(told)


async def until_received(receiver: Receiver, count: int) -> None:
    async def received() -> bool:
        return len(receiver.events) >= count

    await eventually(received)


async def until_failing(to: Bus, target_id: str) -> None:
    async def failing() -> bool:
        return bool((await found(to, target_id))["progress"]["failing_since"])

    await eventually(failing)


async def until_settled(to: Bus, target_id: str) -> Any:
    """The deliveries of a target, once the last answer has been written down."""

    async def deliveries() -> Any:
        items = (await ask(to, subjects.QUERY_DELIVERIES, target_id=target_id))["items"]
        return items if items and all(each["status"] != "begun" for each in items) else None

    return await eventually(deliveries)
