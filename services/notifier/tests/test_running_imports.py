"""An import brings thousands of bans, and may take them back: no target is told one by one."""

from typing import Any

import pytest
from services.notifier.tests.watching import WEBHOOK, until_told

from banstream_contracts.events.infractions import InfractionImported
from banstream_contracts.notifier_targets import DEFAULT_EVENTS, TargetFilters
from banstream_testing.discord import DiscordStandIn
from banstream_testing.fixtures import Database
from banstream_testing.imports import IMPORT_ID, LONG_AGO
from banstream_testing.infractions import bus
from banstream_testing.notifier import Receiver, happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

MANY = 300


def imported(number: int) -> InfractionImported:
    """A ban of long ago, from another system."""
    ban: dict[str, Any] = issued(number).model_dump(exclude={"type", "tiering_policy_id", "tier", "policy_id"})
    there = {"import_id": IMPORT_ID, "source": "old.example", "row": f"ban:{number}", "digest": f"{number:064x}"}
    return InfractionImported(**ban, **there, issued_at=LONG_AGO)


@pytest.mark.parametrize(
    "events", [("*",), ("infraction.*",), DEFAULT_EVENTS], ids=["everything", "infractions", "default"]
)
async def test_an_import_and_its_undoing_are_told_to_nobody(
    nats: NatsServer, database: Database, discord: DiscordStandIn, events: tuple[str, ...]
) -> None:
    filters = TargetFilters(events=events)
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        await to.send(new_target(receiver.url, WEBHOOK, filters=filters))
        await to.send(new_target(discord.webhook(), filters=filters))
        await happen(to, *(imported(number) for number in range(MANY)))
        await happen(to, *(lifted(number, import_id=IMPORT_ID) for number in range(1, MANY)))
        last = await happen(to, lifted(0), issued(MANY))
        await eventually(lambda: _is_told(receiver, last[-1]))
        await until_told(discord, 2)
        told = [each["id"] for each in receiver.events if each["type"].startswith("banstream.infraction.")]
        assert told == last, "what staff do with an imported ban is told as ever"
        assert [each for each in discord.texts() if each] == [f"reason {MANY}"]


async def _is_told(receiver: Receiver, event_id: str) -> bool:
    return event_id in receiver.ids
