"""One target whose consumer NATS withholds, or that meets a bug, stands still alone, and says so."""

import pytest
from prometheus_client import REGISTRY
from services.notifier.tests.watching import WEBHOOK, found, until_failing, until_received

from banstream_contracts.commands import notifier as commands
from banstream_testing.abuse import asked
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import Receiver, happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer
from banstream_testing.streams import make_room_for
from banstream_testing.waiting import eventually


async def until_stalled(count: int) -> None:
    async def counted() -> bool:
        return REGISTRY.get_sample_value("banstream_notifier_stalled_targets") == count

    await eventually(counted)


@pytest.mark.parametrize("is_paused", [True, False], ids=["paused", "active"])
async def test_a_target_whose_consumer_nats_refuses_waits_alone_and_says_so(
    nats: NatsServer, database: Database, *, is_paused: bool
) -> None:
    async with bus(nats) as to, Receiver().listening() as receiver, Receiver().listening() as refused:
        await make_room_for(to.client, 1)
        first = new_target(receiver.url, WEBHOOK)
        async with notifier(nats, database):
            await to.send(first)
            await happen(to, issued(1))
            await until_received(receiver, 1)
            second = new_target(refused.url, WEBHOOK)
            await to.send(second)
            await until_failing(to, second.target_id)
            if is_paused:
                await to.send(commands.PauseTarget(**asked(target_id=second.target_id)))
            await until_stalled(1)
            told = await happen(to, issued(2), issued(3))
            await until_received(receiver, 3)
            progress = (await found(to, second.target_id))["progress"]
            assert "maximum consumers limit reached" in progress["last_error"]
            assert (await found(to, first.target_id))["progress"]["failing_since"] is None
            await to.send(commands.RemoveTarget(**asked(target_id=first.target_id)))
            if is_paused:
                await until_stalled(0)
                await to.send(commands.ResumeTarget(**asked(target_id=second.target_id)))
            await until_received(refused, 2)
            assert refused.ids[-2:] == told, "nothing is lost meanwhile"
            assert (await found(to, second.target_id))["progress"]["failing_since"] is None
            await until_stalled(0)
