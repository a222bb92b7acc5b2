"""How a target is told, whatever its kind; and an HTTP webhook, which is told one event a request."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import aiohttp

from banstream_notifier import webhook
from banstream_notifier.destinations import Destination
from banstream_notifier.envelope import Envelope
from banstream_notifier.ledger import Shown
from banstream_notifier.outcomes import Sent


@dataclass(frozen=True, slots=True)
class Group:
    """Events that wait, and one request that tells them. `changes` is the message it changes."""

    told: Sequence[Envelope]
    send: Callable[[], Awaitable[Sent]]
    shown: Sequence[Shown] = ()
    changes: str | None = None


class Teller(Protocol):
    """How one target is told."""

    async def deferred(
        self, arrived: Sequence[Envelope], waiting: Collection[str], erasures: Sequence[Envelope]
    ) -> Sequence[Envelope]:
        """Those events that new ones go before; `waiting` are message keys of what is deferred, `erasures` too."""

    async def until_free(self) -> None:
        """Wait for the end of a rate limit that is near: what arrives until then may go first."""

    def old_edits_wait_seconds(self) -> float:
        """How long messages that are older than an hour cannot be changed."""

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """The next request, of one event at least. Raises Refused where the first one cannot be told."""

    def alone(self, told: Sequence[Envelope]) -> None:
        """One event a request, of these: one of them was refused, and nobody said which."""

    def anew(self, sequence: int) -> None:
        """The event at a place by a message of its own: the one that it changes was deleted, or is out of reach."""


class WebhookTeller:
    """One event a request, in order."""

    def __init__(self, session: aiohttp.ClientSession, destination: Destination) -> None:
        self._session = session
        self._destination = destination

    async def deferred(
        self, _arrived: Sequence[Envelope], _waiting: Collection[str], _erasures: Sequence[Envelope]
    ) -> Sequence[Envelope]:
        """None."""
        return ()

    async def until_free(self) -> None:
        """A receiver has no limits that it says beforehand."""

    def old_edits_wait_seconds(self) -> float:
        """Nothing is changed."""
        return 0.0

    async def group(self, waiting: Sequence[Envelope]) -> Group:
        """The first."""
        first = waiting[0]
        return Group([first], lambda: webhook.send(self._session, self._destination, first, datetime.now(UTC)))

    def alone(self, told: Sequence[Envelope]) -> None:
        """Always so."""

    def anew(self, sequence: int) -> None:
        """Always so."""
