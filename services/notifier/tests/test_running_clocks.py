"""A gateway whose clock is ahead of the one of NATS: targets are told what happens from the command on."""

from datetime import UTC, datetime, timedelta

from services.notifier.tests.watching import WEBHOOK, until_received

from banstream_contracts import streams
from banstream_contracts.commands.notifier import ChangeTarget
from banstream_contracts.notifier_targets import TargetFilters
from banstream_testing.abuse import asked
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import Receiver, happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


def ahead() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


async def test_what_happens_to_a_new_target_while_its_other_side_is_down_is_told_after_a_restart(
    nats: NatsServer, database: Database
) -> None:
    receiver = Receiver()
    async with bus(nats) as to:
        async with notifier(nats, database):
            target = new_target(receiver.url, WEBHOOK, issued_at=ahead())
            await to.send(target)
            ids = await happen(to, issued(1))

            async def has_a_consumer() -> bool:
                found = await to.client.jetstream().consumers_info(streams.EVENTS)
                return f"notifier-{target.target_id}" in {each.name for each in found}

            await eventually(has_a_consumer)
        async with receiver.listening(), notifier(nats, database):
            await until_received(receiver, 1)
            assert receiver.ids == ids


async def test_new_filters_hold_at_once(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, notifier(nats, database), Receiver().listening() as receiver:
        grave = TargetFilters(events=("infraction.*",), severities=("critical",))
        target = new_target(receiver.url, WEBHOOK, filters=grave)
        await to.send(target)
        every = TargetFilters(events=("*",))
        await to.send(ChangeTarget(**asked(target_id=target.target_id, filters=every, issued_at=ahead())))
        ids = await happen(to, issued(1), issued(2, severity="critical"))
        await until_received(receiver, 2)
        assert receiver.ids == ids
