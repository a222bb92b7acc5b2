"""Opinions of providers: asked once, remembered for a day, within a daily budget, and never waited for twice."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from banstream_gateway.vpn.providers import REST_SECONDS, Provider, ProviderFailed
from banstream_gateway.vpn.verdicts import Address, Opinion, ProviderName

logger = structlog.stdlib.get_logger(__name__)

Given = tuple[ProviderName, Opinion]
_FAILURE_SECONDS = 300.0
"""How long an address for which no provider had an opinion is not asked about again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`daily_budget` is of one provider in one process, by UTC days; `cache_length` counts addresses."""

    daily_budget: int
    cache_seconds: float
    cache_length: int


@dataclass(slots=True)
class _Account:
    """Whether a provider may be asked now."""

    provider: Provider
    rests_until: float = 0.0
    day: str = ""
    asked: int = 0
    told_day: str = ""


class Opinions:
    """Asks the providers in their order; the first opinion counts.

    Addresses go to a provider only if an operator has configured one; without one this never leaves the process.
    `asked` hears the name of a provider and what became of a question.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        limits: Limits,
        *,
        asked: Callable[[ProviderName, str], None],
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
    ) -> None:
        self._accounts = [_Account(provider) for provider in providers]
        self._limits = limits
        self._asked = asked
        self._clock = clock
        self._today = today
        self._known: OrderedDict[Address, tuple[float, Given | None]] = OrderedDict()
        self._running: dict[Address, asyncio.Task[Given | None]] = {}

    def __len__(self) -> int:
        """How many addresses are remembered."""
        return len(self._known)

    async def of(self, address: Address) -> Given | None:
        """The first opinion there is, or None. Takes as long as the providers' time-outs at most; never raises."""
        if not self._accounts:
            return None
        known = self._known.get(address)
        if known is not None and known[0] > self._clock():
            self._known.move_to_end(address)
            return known[1]
        running = self._running.get(address)
        if running is None:
            running = self._running[address] = asyncio.create_task(self._ask(address))
            running.add_done_callback(lambda _: self._running.pop(address, None))
        return await asyncio.shield(running)

    async def close(self) -> None:
        """End the questions that still run, and let go of the connections."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for account in self._accounts:
            await account.provider.close()

    async def _ask(self, address: Address) -> Given | None:
        asked_any = False
        for account in self._accounts:
            if not self._may_ask(account):
                continue
            asked_any = True
            name = account.provider.name
            try:
                opinion = await account.provider.opinion(address)
            except ProviderFailed as error:
                self._note_failure(account, error)
            except Exception as error:  # noqa: BLE001 - a provider may fail in any way, a join may not
                self._note_failure(account, ProviderFailed(type(error).__name__, REST_SECONDS))
            else:
                self._asked(name, "answered")
                self._remember(address, (name, opinion), self._limits.cache_seconds)
                return name, opinion
        if asked_any:
            self._remember(address, None, min(_FAILURE_SECONDS, self._limits.cache_seconds))
        return None

    def _may_ask(self, account: _Account) -> bool:
        if account.rests_until > self._clock():
            self._asked(account.provider.name, "resting")
            return False
        today = self._today()
        if account.day != today:
            account.day, account.asked = today, 0
        if account.asked >= self._limits.daily_budget:
            self._tell_spent(account)
            return False
        account.asked += 1
        return True

    def _tell_spent(self, account: _Account) -> None:
        self._asked(account.provider.name, "over_budget")
        if account.told_day != account.day:
            account.told_day = account.day
            logger.warning("vpn_budget_spent", provider=account.provider.name, budget=self._limits.daily_budget)

    def _note_failure(self, account: _Account, error: ProviderFailed) -> None:
        name = account.provider.name
        self._asked(name, "failed")
        if error.rests_seconds is not None:
            account.rests_until = self._clock() + error.rests_seconds
        logger.warning("vpn_provider_failed", provider=name, reason=str(error), rests_seconds=error.rests_seconds)

    def _remember(self, address: Address, given: Given | None, seconds: float) -> None:
        self._known[address] = (self._clock() + seconds, given)
        self._known.move_to_end(address)
        while len(self._known) > self._limits.cache_length:
            self._known.popitem(last=False)
