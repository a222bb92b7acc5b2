"""Commands on their way to JetStream, and their results on the way back."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from banstream_contracts import ban_files, headers, log_sources, notifier_targets, subjects
from banstream_contracts.commands import abuse as abuse_commands
from banstream_contracts.commands.command import Command
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_contracts.results import CommandResult
from banstream_edge.bus import Bus
from banstream_edge.errors import KeyReused, Refused, TooLarge, Unavailable
from banstream_edge.queries import Queries
from banstream_runtime.telemetry import inject, step

logger = structlog.stdlib.get_logger(__name__)

_ATTEMPT_SECONDS = 1.0
_PAUSE_SECONDS = 0.1
_POLL_SECONDS = 0.1
_MOST_UNDECIDED = 100_000

OUTCOMES = {
    Command.service: subjects.QUERY_COMMAND,
    abuse_commands.SERVICE: subjects.QUERY_ABUSE_COMMAND,
    notifier_targets.SERVICE: subjects.QUERY_NOTIFIER_COMMAND,
    ban_files.SERVICE: subjects.QUERY_FTP_SYNC_COMMAND,
    log_sources.SERVICE: subjects.QUERY_DAYZ_COMMAND,
}
"""Where each service tells what became of a command."""


class Submitted(NamedTuple):
    """What became of a command, None where that is not known in time.

    `is_first`: nothing with its id was stored before, as far as JetStream remembers and this process still waits.
    """

    result: CommandResult | None
    is_first: bool


class Intake:
    """Stores a command durably, then waits a little for what became of it.

    `on_result` hears every result, also one that comes after its request was answered with 202. `catch_up` waits
    a moment for a position of infractions' log, and says whether it was reached: the result of a repeated command may
    have gone to another process, and one that touched too many restrictions comes without them. What cannot be read
    here yet is answered like a result that is not known yet.
    The other services have logs of their own, whose positions mean nothing there.
    """

    def __init__(
        self,
        bus: Bus,
        queries: Queries,
        on_result: Callable[[CommandResult], None],
        outcomes: Counter,
        *,
        catch_up: Callable[[int], Awaitable[bool]],
        publish_seconds: float,
        result_seconds: float,
    ) -> None:
        self._bus = bus
        self._queries = queries
        self._on_result = on_result
        self._outcomes = outcomes
        self._catch_up = catch_up
        self._publish_seconds = publish_seconds
        self._result_seconds = result_seconds
        self._inbox = ""
        self._waiting: dict[str, asyncio.Future[CommandResult]] = {}
        self._undecided: OrderedDict[UUID, str | None] = OrderedDict()
        self._last_token = 0

    async def listen(self, client: Client) -> None:
        """Open the one inbox that every result of this process comes to."""
        self._inbox = client.new_inbox()
        await client.subscribe(f"{self._inbox}.*", cb=self._receive)

    async def submit(self, command: Command) -> CommandResult | None:
        """The result, or None: stored, but the result is not known in time.

        Raises Unavailable, TooLarge, Refused or KeyReused.
        """
        return (await self.submitted(command)).result

    async def submitted(self, command: Command) -> Submitted:
        """The same, for who has to know whether it is a repeat."""
        is_known = self.is_undecided(command.command_id)
        try:
            with self._expected() as (token, arrived):
                is_repeat = await self._send(command, token, arrived)
                result = await self._wait(command, arrived, is_repeat=is_repeat)
        except Unavailable:
            self._outcomes.labels("unavailable").inc()
            raise
        self._outcomes.labels(result.status if result else "accepted").inc()
        return Submitted(_checked(result, command), not (is_known or is_repeat))

    async def store(self, command: Command) -> None:
        """Store a command whatever becomes of it; its result is heard all the same. Raises Unavailable or TooLarge."""
        with self._expected() as (token, arrived):
            await self._send(command, token, arrived)

    def is_undecided(self, command_id: UUID) -> bool:
        """Whether this process has stored the command and has not heard what became of it."""
        return command_id in self._undecided

    @contextmanager
    def _expected(self) -> Iterator[tuple[str, asyncio.Future[CommandResult]]]:
        """The end of the subject that a result shall come to, and the result, which is taken until the block ends."""
        self._last_token += 1
        token = str(self._last_token)
        arrived = self._waiting[token] = asyncio.get_running_loop().create_future()
        try:
            yield token, arrived
        finally:
            del self._waiting[token]

    async def _wait(
        self, command: Command, arrived: asyncio.Future[CommandResult], *, is_repeat: bool
    ) -> CommandResult | None:
        try:
            async with asyncio.timeout(self._result_seconds):
                result = await (self._poll(command, arrived) if is_repeat else arrived)
        except TimeoutError:
            return None
        if result is None or result.refusal is not None or command.service != Command.service:
            return result
        if not is_repeat and (result.standings or not result.infractions):
            return result
        return result if await self._catch_up(result.position) else None

    async def _send(self, command: Command, token: str, arrived: asyncio.Future[CommandResult]) -> bool:
        """Whether JetStream had it already. In a span of its own, the one that the command's decision follows.

        What comes under the id of another command that is not decided yet is not stored: JetStream would take it for
        that one, and nobody would carry it out.
        """
        if self._undecided.get(command.command_id, command.fingerprint) != command.fingerprint:
            raise KeyReused
        with step(f"send {type(command).__name__}", SpanKind.PRODUCER):
            is_repeat = await self._store(command, token)
        if not arrived.done():  # a result may be faster than the acknowledgement
            self._undecided[command.command_id] = command.fingerprint
            if len(self._undecided) > _MOST_UNDECIDED:
                self._undecided.popitem(last=False)
        return is_repeat

    async def _store(self, command: Command, token: str) -> bool:
        """Try until JetStream acknowledges or the time is up; whether it had the command already."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._publish_seconds
        subject, payload = subjects.command(command), command.model_dump_json().encode()
        sent = inject({headers.MESSAGE_ID: str(command.command_id), headers.REPLY_TO: f"{self._inbox}.{token}"})
        while True:
            seconds = min(_ATTEMPT_SECONDS, deadline - loop.time())
            try:
                reply = await self._bus.ask(subject, payload, sent, seconds)
                return _acknowledged(orjson.loads(reply.data))
            except TooLarge as error:
                raise TooLarge(f"The command takes {error}: send smaller batches.") from None
            except Unavailable as away:
                if loop.time() + _PAUSE_SECONDS >= deadline:
                    logger.warning("command_not_stored", command_id=str(command.command_id), reason=str(away))
                    raise Unavailable(
                        "The command was not acknowledged. Repeating it with the same Idempotency-Key is safe."
                    ) from None
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _poll(self, command: Command, arrived: asyncio.Future[CommandResult]) -> CommandResult | None:
        """A repeat is not carried out again, so nobody replies: ask. The first try's reply may still come."""
        while not arrived.done():
            try:
                question = GetCommand(command_id=command.command_id)
                found = await self._queries.ask(OUTCOMES[command.service], question, CommandFound)
            except Unavailable:
                return None
            if found.result is not None:
                self._undecided.pop(command.command_id, None)
                return found.result
            await asyncio.wait([arrived], timeout=_POLL_SECONDS)
        return arrived.result()

    async def _receive(self, message: Msg) -> None:
        try:
            result = CommandResult.model_validate_json(message.data)
        except ValueError:
            logger.error("unreadable_result", subject=message.subject)  # noqa: TRY400 - the payload may be personal
            return
        self._on_result(result)
        self._undecided.pop(result.command_id, None)
        arrived = self._waiting.get(message.subject.rpartition(".")[2])
        if arrived is not None and not arrived.done():
            arrived.set_result(result)


def _acknowledged(answer: dict[str, object]) -> bool:
    if "error" in answer:
        raise Unavailable(repr(answer["error"]))
    return bool(answer.get("duplicate"))


def _checked(result: CommandResult | None, command: Command) -> CommandResult | None:
    if result is None:
        return None
    if result.fingerprint is not None and result.fingerprint != command.fingerprint:
        raise KeyReused
    if result.refusal is not None:
        raise Refused(result.refusal)
    return result
