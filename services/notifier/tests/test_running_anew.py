"""A message that cannot be changed any more: what happens to its infraction is told by another one, in full."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from services.notifier.tests.watching import ask, until_failing, until_settled, until_told

from banstream_contracts import subjects
from banstream_contracts.notifier_targets import TargetDisplay
from banstream_testing.discord import DiscordStandIn, reason_of
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import happen, issued, lifted, new_target, notifier
from banstream_testing.servers import NatsServer, free_port
from banstream_testing.waiting import eventually

THREAD = "1187654321098765999"


class Thread(DiscordStandIn):
    """Nothing in it can be changed while it is archived; a new message opens it."""

    is_archived = False

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Execute Webhook."""
        self.is_archived = False
        return await super().post(request)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        """Edit Webhook Message."""
        if self.is_archived:
            return web.json_response({"message": "Thread is archived", "code": 50083}, status=400)
        return await super().patch(request)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Thread"]:
        """Until the end."""
        app = web.Application()
        app.router.add_post("/api/webhooks/{webhook}/{token}", self.post)
        app.router.add_patch("/api/webhooks/{webhook}/{token}/messages/{message}", self.patch)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()


def archive(thread: Thread) -> None:
    thread.is_archived = True


def delete(thread: Thread) -> None:
    thread.messages.clear()


@pytest.mark.parametrize("out_of_reach", [archive, delete], ids=["archived", "deleted"])
async def test_a_lift_is_told_by_a_new_message_that_says_all_the_first_one_said(
    nats: NatsServer, database: Database, out_of_reach: Callable[[Thread], None]
) -> None:
    async with bus(nats) as to, notifier(nats, database), Thread().listening() as thread:
        target = new_target(thread.webhook(), display=TargetDisplay(thread_id=THREAD))
        await to.send(target)
        thread.is_down = True
        await happen(to, *(issued(number) for number in range(3)))
        await until_failing(to, target.target_id)
        thread.is_down = False
        await until_told(thread, 3)
        out_of_reach(thread)
        told = len(thread.posted)
        await happen(to, lifted(1, reason="wrong player"))
        await until_told(thread, 4)
        (embed,) = thread.posted[told].body["embeds"]
        assert (embed["title"], reason_of(embed)) == ("✅ Ban lifted", "reason 1")
        assert "player 1" in str(embed)
        assert "wrong player" in str(embed)
        assert thread.posted[told].query["thread_id"] == THREAD
        await until_settled(to, target.target_id)
        assert not (await ask(to, subjects.QUERY_DELIVERIES, target_id=target.target_id, status="dead"))["items"]
        await happen(to, lifted(1, reason="not at all"))

        async def changed() -> bool:
            return bool(thread.changed)

        await eventually(changed)
        assert [where for where, _ in thread.changed] == [thread.posted[told].message_id]
