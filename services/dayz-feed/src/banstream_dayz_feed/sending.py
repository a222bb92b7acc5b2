"""Tells the abuse tracker what was found, until it has taken it: at least once, with ids that make it once."""

import asyncio
from contextlib import suppress

import nats.errors
from nats.aio.client import Client
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from banstream_contracts import subjects
from banstream_contracts.abuse_commands import RecordIncidents
from banstream_contracts.log_source_queries import FindingStatus
from banstream_contracts.queries import CommandFound, GetCommand
from banstream_contracts.results import CommandResult
from banstream_dayz_feed.ledger import Ledger
from banstream_runtime.commanding import store_command
from banstream_runtime.tasks import heed_cancellation
from banstream_runtime.telemetry import span

_MOST = 100
_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 0.25
_QUERY_SECONDS = 2.0


class Sender:
    """Of one term of reading."""

    def __init__(self, client: Client, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger

    async def run(self) -> None:
        """Until cancelled; raises when Postgres or NATS is lost."""
        while True:
            heed_cancellation()
            self._ledger.has_found.clear()
            while pending := await self._ledger.open(FindingStatus.PENDING, _MOST):
                for key, command in pending:
                    await self._send(command)
                    await self._ledger.settle(key, FindingStatus.SENT)
            waits = await self._look_after_sent()
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS if waits else _LOOK_SECONDS):
                    await self._ledger.has_found.wait()

    async def _send(self, command: RecordIncidents) -> None:
        with span(f"send {type(command).__name__}", kind=SpanKind.PRODUCER):
            await store_command(self._client.jetstream(), command)

    async def _look_after_sent(self) -> bool:
        """Ask what became of those that were told; whether the abuse tracker answers and has some before it."""
        sent = await self._ledger.open(FindingStatus.SENT, _MOST)
        for key, command in sent:
            found = await self._ask(command)
            if found is None:
                return False
            if found.result is not None:
                await self._ledger.settle(key, *_outcome(found.result))
        return bool(sent)

    async def _ask(self, command: RecordIncidents) -> CommandFound | None:
        question = GetCommand(command_id=command.command_id).model_dump_json().encode()
        try:
            reply = await self._client.request(subjects.QUERY_ABUSE_COMMAND, question, timeout=_QUERY_SECONDS)
            return CommandFound.model_validate_json(reply.data)
        except (nats.errors.NoRespondersError, TimeoutError, ValidationError):
            return None


def _outcome(result: CommandResult) -> tuple[FindingStatus, str | None]:
    if result.refusal is not None:
        return FindingStatus.REFUSED, result.refusal.message
    refused = [each for each in result.incidents if each.status == "refused"]
    return (FindingStatus.REFUSED, refused[0].message) if refused else (FindingStatus.RECORDED, None)
