"""Messages and their acknowledgements meet by their numbers, whatever the answer says."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import OutboundBufferLimitError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError

from banstream_event_log.sending import Sender, sender_of

REFUSED = b'{"error": {"code": 400, "err_code": 10071, "description": "wrong last sequence: 7"}}'
STORED = b'{"stream": "EVENTS", "seq": 1}'


class FakeClient(Client):
    """Holds messages back until it is told to answer."""

    def __init__(self, *, is_away: bool = False) -> None:
        super().__init__()
        self.replies: list[str] = []
        self.inboxes: list[str] = []
        self._is_away = is_away

    def new_inbox(self) -> str:
        return "_INBOX.relay"

    async def subscribe(self, subject: str, *, cb: Callable[[Msg], Awaitable[None]], **_: Any) -> Any:  # type: ignore[override]
        self.inboxes.append(subject)
        self._answered = cb

    async def publish(self, _subject: str, _payload: bytes = b"", reply: str = "", headers: Any = None) -> None:  # noqa: ARG002 - its name
        if self._is_away:
            raise OutboundBufferLimitError
        self.replies.append(reply)

    async def answer(self, place: int, data: bytes) -> None:
        await self._answered(Msg(self, self.replies[place], data=data))


async def send(sender: Sender) -> "asyncio.Future[int]":
    return await sender.send("banstream.log.infraction.issued.x", b"{}", {})


async def test_each_answer_ends_its_own_message() -> None:
    client = FakeClient()
    sender = Sender(client)
    first, second = await send(sender), await send(sender)
    await client.answer(1, STORED)
    assert (first.done(), second.done()) == (False, True)
    await client.answer(0, STORED)
    assert first.done()
    assert client.inboxes == ["_INBOX.relay.*"]


@pytest.mark.parametrize(
    ("answer", "fault"), [(REFUSED, APIError), (b"", NoStreamResponseError)], ids=["refused", "nobody-there"]
)
async def test_what_was_not_stored_says_so(answer: bytes, fault: type[Exception]) -> None:
    client = FakeClient()
    stored = await send(Sender(client))
    await client.answer(0, answer)
    with pytest.raises(fault):
        stored.result()


async def test_a_second_answer_changes_nothing() -> None:
    client = FakeClient()
    stored = await send(Sender(client))
    await client.answer(0, STORED)
    await client.answer(0, REFUSED)
    assert stored.result() == 1


async def test_what_cannot_go_out_is_raised_at_once() -> None:
    with pytest.raises(OutboundBufferLimitError):
        _ = await send(Sender(FakeClient(is_away=True)))
    with pytest.raises(OutboundBufferLimitError):
        await Sender(FakeClient(is_away=True)).post("banstream.log.infraction.issued.x", b"{}", {})


async def test_what_is_posted_asks_for_no_answer() -> None:
    client = FakeClient()
    await Sender(client).post("banstream.log.infraction.issued.x", b"{}", {})
    assert client.replies == [""]


async def test_a_connection_has_one_sender() -> None:
    client, another = FakeClient(), FakeClient()
    first = sender_of(JetStreamContext(client))
    assert sender_of(JetStreamContext(client)) is first
    assert sender_of(JetStreamContext(another)) is not first


async def test_a_connection_that_nobody_holds_is_forgotten() -> None:
    client = FakeClient()
    _ = await send(sender_of(JetStreamContext(client)))
    forgotten = weakref.ref(client)
    del client
    gc.collect()
    assert forgotten() is None
