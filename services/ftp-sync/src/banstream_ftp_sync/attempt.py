"""One attempt on one file: what it should hold, how that went, and what of it is told."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
import structlog
from opentelemetry.trace import SpanKind

from banstream_contracts.queries.ban_files import ReceiptStatus
from banstream_ftp_sync.applying.plan import Target
from banstream_ftp_sync.applying.receipts import Outcome, Policy, Receipt, Remembered
from banstream_ftp_sync.choosing import Chosen, chosen
from banstream_ftp_sync.connecting import reached
from banstream_ftp_sync.formats import FORMATS
from banstream_ftp_sync.ledger import Attempted, Ledger, State
from banstream_ftp_sync.places import InvalidPlace, identity, is_of
from banstream_ftp_sync.record import Record
from banstream_ftp_sync.reporting import Reporter, cleaned
from banstream_ftp_sync.sealing import Opener
from banstream_ftp_sync.settling import (
    Standings,
    drifted_infractions,
    is_good,
    newly_protected,
    pending,
    settled,
)
from banstream_runtime.telemetry import span

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What attempts are made with; an attempt that takes longer than `seconds` is ended.

    `patience`: how many seconds attempts fail before that is told.
    """

    ledger: Ledger
    opener: Opener
    session: aiohttp.ClientSession
    seconds: float
    patience: float


class Attempting:
    """Attempts on one file, as its record says."""

    def __init__(self, means: Means, record: Record, reporter: Reporter) -> None:
        self._means = means
        self._record = record
        self._ban_file = record.ban_file
        self._place = identity(record.ban_file.place)
        self._reporter = reporter
        self.ends_at: datetime | None = None
        """When the file holds an address for too long by what it was to hold at the last attempt."""
        self._log = logger.bind(ban_file_id=record.ban_file.id)

    async def note_pending(self) -> None:
        """Say of each change that it waits. Raises WrongKey."""
        before = await self._means.ledger.standings(self._ban_file.id)
        changes = pending(before, await self.chosen())
        await self._means.ledger.put_standings(self._ban_file.id, changes, datetime.now(UTC))

    async def attempt(self) -> Receipt:
        """Bring the file up to date; what came of it is written down and told. Raises WrongKey."""
        ledger, ban_file_id = self._means.ledger, self._ban_file.id
        state, before = await ledger.state(ban_file_id), await ledger.standings(ban_file_id)
        wanted = await self.chosen()
        self.ends_at = wanted.ends_at
        await ledger.put_standings(ban_file_id, pending(before, wanted), datetime.now(UTC))
        receipt = await self._applied(wanted, state)
        receipt = replace(receipt, reason=cleaned(receipt.reason))
        await self._tell(receipt, state, before, wanted)
        now = await ledger.standings(ban_file_id)
        await self._settle(receipt, settled(now, wanted, receipt), state.sequence)
        await self._tell_trouble(receipt, state)
        return receipt

    async def failed(self, reason: str, told: str | None = None) -> Receipt:
        """An attempt that could not begin; receipts stay as they are. `told` as in `Receipt`."""
        receipt = Receipt(Outcome.FAILED, cleaned(reason), told=told)
        state = await self._means.ledger.state(self._ban_file.id)
        await self._settle(receipt, {})
        await self._tell_trouble(receipt, state)
        return receipt

    async def chosen(self) -> Chosen:
        """What the file should hold. Raises WrongKey."""
        bans, protected = await self._means.ledger.bans()
        return await asyncio.to_thread(
            chosen,
            bans,
            protected,
            self._ban_file.format,
            self._ban_file.filters,
            self._means.opener.address,
            datetime.now(UTC),
        )

    async def _applied(self, wanted: Chosen, state: State) -> Receipt:
        target = target_of(self._record, wanted, state)
        kept = [target.remembered]

        async def keep(remembered: Remembered) -> None:
            kept.append(remembered)
            await self._means.ledger.remember(self._ban_file.id, self._place, remembered)

        try:
            opened = self._means.opener.open(self._ban_file.place, self._record.sealed_secret)
            async with asyncio.timeout(self._means.seconds):
                with span(f"ftp-sync write {self._ban_file.place.kind}", kind=SpanKind.CLIENT) as current:
                    receipt = await reached(opened, self._ban_file.place, self._means.session).apply(target, keep)
                    current.set_attribute("banstream.outcome", receipt.outcome.value)
                    return receipt
        except InvalidPlace as error:
            return Receipt(Outcome.FAILED, f"it cannot be used: {error}", target.remembered)
        except TimeoutError:
            self._log.warning("attempt_cut", seconds=self._means.seconds)
            return Receipt(Outcome.FAILED, f"it took longer than {self._means.seconds:g} s", kept[-1])

    async def _tell(self, receipt: Receipt, state: State, before: Standings, wanted: Chosen) -> None:
        if protected := newly_protected(before, wanted):
            await self._reporter.protected(protected, state.tried_at)
        if receipt.drift and _is_new(receipt, before):
            repaired = receipt.outcome is Outcome.APPLIED
            await self._reporter.drift(receipt, state.tried_at, repaired=repaired)

    async def _tell_trouble(self, receipt: Receipt, before: State) -> None:
        """Whether the file is as it should be, where that is something else than what was told last.

        The log knows that, so it is told once by however many processes and workers. What fails is told after a while:
        a server that is started anew, or that comes and goes, is nobody's business.
        """
        trouble = await self._means.ledger.trouble(self._ban_file.id)
        since = before.failing_since or datetime.now(UTC)
        if is_good(receipt.outcome) and trouble:
            await self._reporter.recovery(before.tried_at)
        elif receipt.outcome is Outcome.REFUSED and (trouble is None or trouble.reason != receipt.reason):
            await self._reporter.refusal(receipt.reason, before.tried_at)
        elif receipt.outcome is Outcome.FAILED and trouble is None and _age(since) >= self._means.patience:
            await self._reporter.failure(receipt.told or receipt.reason, since, before.tried_at)

    async def _settle(self, receipt: Receipt, standings: Standings, noted: int | None = None) -> None:
        attempted = Attempted(
            receipt.outcome, receipt.reason, receipt.remembered, self._record.accepts_loss_version, standings, noted
        )
        await self._means.ledger.settle(self._ban_file.id, self._place, attempted, datetime.now(UTC))
        self._log.info("attempted", outcome=receipt.outcome.value, reason=receipt.reason, changes=len(standings))


def target_of(record: Record, wanted: Chosen, state: State) -> Target:
    """What an attempt is made on; of another file nothing is remembered."""
    ban_file = record.ban_file
    return Target(
        FORMATS[ban_file.format],
        wanted.wanted,
        state.remembered if is_of(state.place, ban_file.place) else None,
        Policy(
            may_create=ban_file.policy.may_create,
            repairs_drift=ban_file.policy.repairs_drift,
            accepts_loss=record.accepts_loss_version > state.used_version,
        ),
    )


def _age(since: datetime) -> float:
    return (datetime.now(UTC) - since).total_seconds()


def _is_new(receipt: Receipt, before: Standings) -> bool:
    """Whether it was not told before that these lines have drifted; what is repaired is always news."""
    if receipt.outcome is Outcome.APPLIED:
        return True
    known = [before.get(each) for each in drifted_infractions(receipt)]
    return not known or any(each is None or each.status is not ReceiptStatus.DRIFTED for each in known)
