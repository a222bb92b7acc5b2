"""What of a batch of messages one target is to be told."""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from banstream_contracts import streams
from banstream_notifier import consumers
from banstream_notifier.choosing import REDELIVERY, is_chosen
from banstream_notifier.envelope import Envelope, NoEvent, envelope
from banstream_notifier.ledger import Ledger
from banstream_notifier.record import Record
from banstream_runtime.dead_letters import bury


class Reader:
    """Of one target; what is no event is put aside once, however often it comes."""

    def __init__(self, client: Client, ledger: Ledger, record: Record) -> None:
        self._client = client
        self._ledger = ledger
        self._record = record
        self._target_id = record.target.id
        self._put_aside: set[int] = set()
        self._log = structlog.stdlib.get_logger(__name__).bind(target_id=record.target.id)

    async def chosen(self, messages: Sequence[Msg]) -> list[Envelope]:
        """Those events that are to be told, each once, and again where that was asked for."""
        read = [each for message in messages if (each := await self._read(message))]
        ids = [each.message_key for each in read if each.message_key]
        known = set(await self._ledger.known(self._target_id, ids)) if ids else set()
        settled = set(await self._ledger.settled(self._target_id, [each.event_id for each in read]))
        chosen: list[Envelope] = []
        for each in read:
            if not each.again and each.event_id in settled:
                continue
            if each.again or is_chosen(each, self._record, is_known=each.message_key in known):
                chosen.append(each)
                known.add(each.message_key or "")
                settled.add(each.event_id)
        return chosen

    async def put_aside(self, message: Msg, reason: str) -> None:
        """A dead letter: nothing is dropped."""
        await bury(self._client, streams.NOTIFIER, message, reason, consumer=consumers.spec_of(self._target_id).name)

    async def _read(self, message: Msg) -> Envelope | None:
        place = message.metadata.sequence.stream
        try:
            told = envelope(message.headers or {}, message.data, sequence=place, stored_at=message.metadata.timestamp)
        except NoEvent as error:
            if place not in self._put_aside:
                self._log.warning("event_not_understood", subject=message.subject)
                await self.put_aside(message, str(error))
                self._put_aside.add(place)
            return None
        is_ours = told.body.get("target_id") == self._target_id
        return await self._asked_again(told) if told.type == REDELIVERY and is_ours else told

    async def _asked_again(self, request: Envelope) -> Envelope | None:
        """The event that is to be told again, in the place of the request; None where EVENTS has it no more."""
        try:
            found = await self._client.jetstream().get_msg(streams.EVENTS, int(request.body["sequence"]))
            told = envelope(
                found.headers or {}, found.data or b"", sequence=request.sequence, stored_at=request.stored_at
            )
        except (NotFoundError, NoEvent, KeyError, TypeError, ValueError):
            told = None
        if told is None or str(told.event_id) != str(request.body.get("event_id")).lower():
            self._log.warning("redelivery_impossible", event_id=request.body.get("event_id"))
            return None
        return replace(told, again=True)
