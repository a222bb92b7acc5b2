"""Tells the abuse tracker what was found, until it has taken it: at least once, with ids that make it once."""

import asyncio
from contextlib import suppress

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from banstream_contracts import subjects
from banstream_contracts.commands.abuse import RecordIncidents
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_contracts.queries.log_sources import FindingStatus
from banstream_contracts.results import CommandResult
from banstream_dayz_feed.ledger import Ledger
from banstream_decider.leader import PASSING
from banstream_runtime.commanding import store_command
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.telemetry import span

_MOST = 100
_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 0.25
_QUERY_SECONDS = 2.0
_REFUSED = (nats.errors.MaxPayloadError, nats.js.errors.BadRequestError)
"""NATS does not take this message; whatever else it says is true of every one."""

logger = structlog.stdlib.get_logger(__name__)


class Sender:
    """Of one term of reading."""

    def __init__(self, client: Client, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger
        self._asked_up_to = 0
        self._refused: set[str] = set()
        self._pause = _AGAIN_SECONDS

    async def run(self) -> None:
        """Until cancelled; raises when Postgres is lost. While NATS is, what is found waits, and reading goes on."""
        while True:
            heed_cancellation()
            self._ledger.has_found.clear()
            if await self._tell():
                await self._look_after_sent()
            else:
                self._pause = _LOOK_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._ledger.has_found.wait()

    async def _tell(self) -> bool:
        """Everything that waits; whether NATS is there. What it refuses waits, and keeps no later one from its turn."""
        behind = 0
        while pending := await self._ledger.open(FindingStatus.PENDING, _MOST, behind):
            for each in pending:
                try:
                    await self._send(each.command)
                except _REFUSED as error:
                    self._note_refused(each.key, error)
                except PASSING as error:
                    logger.warning("finding_waits", error=repr(error))
                    return False
                else:
                    await self._ledger.settle(each.key, FindingStatus.SENT)
                    self._pause = _AGAIN_SECONDS
            behind = pending[-1].place
        return True

    async def _send(self, command: RecordIncidents) -> None:
        with span(f"send {type(command).__name__}", kind=SpanKind.PRODUCER):
            await store_command(self._client.jetstream(), command)

    def _note_refused(self, key: str, error: Exception) -> None:
        """It is tried again at every look; said once."""
        if key not in self._refused:
            self._refused.add(key)
            logger.error("finding_refused", key=key, error=repr(error))

    async def _look_after_sent(self) -> None:
        """Ask what became of those that were told, some at a time, and more and more seldom while nobody knows.

        A command that was lost, with a stream for example, is never answered: it may keep no later one from its turn.
        """
        sent = await self._ledger.open(FindingStatus.SENT, _MOST, self._asked_up_to)
        is_answered = False
        for each in sent:
            found = await self._ask(each.command)
            if found is None:
                self._pause = _LOOK_SECONDS
                return
            if found.result is not None:
                await self._ledger.settle(each.key, *_outcome(found.result))
                is_answered = True
        is_last = len(sent) < _MOST
        self._asked_up_to = 0 if is_last else sent[-1].place
        if is_answered:
            self._pause = _AGAIN_SECONDS
        elif is_last:
            self._pause = min(self._pause * 2, _LOOK_SECONDS)

    async def _ask(self, command: RecordIncidents) -> CommandFound | None:
        question = GetCommand(command_id=command.command_id).model_dump_json().encode()
        try:
            reply = await self._client.request(subjects.QUERY_ABUSE_COMMAND, question, timeout=_QUERY_SECONDS)
            return CommandFound.model_validate_json(reply.data)
        except (*PASSING, ValidationError):
            return None


def _outcome(result: CommandResult) -> tuple[FindingStatus, str | None]:
    if result.refusal is not None:
        return FindingStatus.REFUSED, result.refusal.message
    refused = [each for each in result.incidents if each.status == "refused"]
    return (FindingStatus.REFUSED, refused[0].message) if refused else (FindingStatus.RECORDED, None)
