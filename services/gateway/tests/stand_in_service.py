"""What the stand-ins of the services behind the gateway have in common: a queue of commands, and queries."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from banstream_contracts import headers, streams
from banstream_contracts.results import CommandResult, Refusal
from banstream_runtime.tasks import ended
from banstream_testing.streams import settled
from banstream_testing.waiting import eventually


@dataclass
class StandIn:
    """Carries out commands one by one, replies, and answers queries."""

    durable: ClassVar[str]
    queries: ClassVar[str]

    client: Client
    position: int = 0
    carried_out: list[Any] = field(default_factory=list)
    results: dict[UUID, CommandResult] = field(default_factory=dict)
    refuses: Refusal | None = None
    fails_queries: bool = False
    _stack: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    _consuming: asyncio.Task[None] | None = None

    def read(self, payload: bytes) -> Any:
        raise NotImplementedError

    def decide(self, command: Any) -> CommandResult:
        raise NotImplementedError

    def found(self, subject: str, payload: bytes) -> Any:
        raise NotImplementedError

    async def follow(self, result: CommandResult) -> None:
        """What happens after the reply."""

    async def start(self) -> None:
        queries = await self.client.subscribe(self.queries, cb=self._answer)
        commands = await self.client.jetstream().pull_subscribe_bind(durable=self.durable, stream=streams.COMMANDS)
        stopping = asyncio.Event()
        task = asyncio.create_task(self._consume(commands, stopping))

        async def finish() -> None:
            """A pull that the server still holds would take a message, for nobody."""
            stopping.set()
            await task
            await eventually(holds_no_pull)

        async def holds_no_pull() -> bool:
            try:
                return not (await commands.consumer_info()).num_waiting
            except NotFoundError:  # gone with its stream
                return True
            except (nats.errors.Error, TimeoutError):  # the server is just back
                return False

        self._stack = [finish, queries.unsubscribe]
        self._consuming = task
        await settled(self.client)

    async def end(self) -> None:
        """Nobody comes after it, so that a pull which the server still holds does no harm."""
        if self._consuming:
            await ended(self._consuming)

    async def stop(self) -> None:
        for step in self._stack:
            await step()
        await settled(self.client)
        self._stack = []

    async def _consume(self, commands: Any, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                messages = await commands.fetch(10, timeout=0.1)
            except (nats.errors.Error, TimeoutError, OSError):
                await asyncio.sleep(0.01)
                continue
            for message in messages:
                await self._carry_out(message)

    async def _carry_out(self, message: Msg) -> None:
        command = self.read(message.data)
        self.carried_out.append(command)
        result = self.decide(command)
        self.results[command.command_id] = result.model_copy(update={"standings": {}})
        await self.client.publish((message.headers or {})[headers.REPLY_TO], result.model_dump_json().encode())
        await self.follow(result)
        await message.ack()

    async def _answer(self, message: Msg) -> None:
        if self.fails_queries:
            await self.client.publish(message.reply, b"{}", headers={"Banstream-Error": "failed"})
            return
        answer = self.found(message.subject, message.data)
        await message.respond(answer.model_dump_json().encode())
