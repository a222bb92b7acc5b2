"""Publishing to JetStream, as little as can be done for each message: the relay publishes more than all others.

The client library's `publish_async` makes a random token, takes a semaphore and reads a whole answer each time, which
costs as much again as writing the message does (docs/performance/bans.md).
"""

from asyncio import Future, get_running_loop
from typing import Protocol
from weakref import WeakValueDictionary

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, Error, NoStreamResponseError


class Sends(Protocol):
    """Who publishes."""

    async def send(self, subject: str, payload: bytes, headers: dict[str, str]) -> "Future[int]":
        """Publish; the future ends with the sequence of the stored message, with an error where it was refused."""

    async def post(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """Publish, to be told nothing: a message that is sent behind it and names its place tells of both."""


class Sender:
    """Publishes on one connection; acknowledgements come to one inbox, each under the number of its message."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._inbox = ""
        self._last = 0
        self._waiting: dict[str, Future[int]] = {}

    async def send(self, subject: str, payload: bytes, headers: dict[str, str]) -> "Future[int]":
        """See Sends. Raises nats errors when the message cannot go out now."""
        if not self._inbox:
            self._inbox = self._client.new_inbox()
            await self._client.subscribe(f"{self._inbox}.*", cb=self._receive)
        self._last += 1
        token = str(self._last)
        stored: Future[int] = get_running_loop().create_future()
        self._waiting[token] = stored
        try:
            await self._client.publish(subject, payload, reply=f"{self._inbox}.{token}", headers=headers)
        except BaseException:
            del self._waiting[token]
            raise
        return stored

    async def post(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """See Sends. Raises nats errors when the message cannot go out now."""
        await self._client.publish(subject, payload, headers=headers)

    async def _receive(self, message: Msg) -> None:
        stored = self._waiting.pop(message.subject.rpartition(".")[2], None)
        if stored is None or stored.done():
            return
        try:
            stored.set_result(_sequence_in(message))
        except Error as fault:
            stored.set_exception(fault)


def sender_of(jetstream: JetStreamContext) -> Sender:
    """The one of its connection."""
    client = jetstream._nc  # noqa: SLF001 - the same connection
    sender = _SENDERS.get(id(client))
    if sender is None:
        sender = _SENDERS[id(client)] = Sender(client)
    return sender


def _sequence_in(message: Msg) -> int:
    """Where the message is stored. Raises what the server says is wrong, by the error of its kind."""
    if not message.data:
        raise NoStreamResponseError
    answer = orjson.loads(message.data)
    if "error" in answer:
        raise APIError.from_error(answer["error"])
    return int(answer["seq"])


_SENDERS: WeakValueDictionary[int, Sender] = WeakValueDictionary()
"""By the identity of the client, which is another's only when its sender is gone: a sender holds its client, and the
client its sender since that listens, so that both go together when nobody else holds either.
"""
