"""Brings a ban list that is one field of text up to date: read, change, compare, write, read back (facts 3.2).

The field is replaced as a whole, so somebody's change in the very moment of writing cannot be seen before, only after.
"""

import asyncio
from dataclasses import replace

from banstream_ftp_sync.applying.applier import Keep
from banstream_ftp_sync.applying.nitrado import BanField
from banstream_ftp_sync.applying.nitrado_replies import NitradoError, RateLimited, Rejected, TokenRefused
from banstream_ftp_sync.applying.plan import Plan, Target, is_damaged, planned
from banstream_ftp_sync.applying.receipts import Outcome, Receipt, Remembered

_ATTEMPTS = 3


class _Refused(Exception):
    """Writing could do harm."""


async def apply_to_field(field: BanField, target: Target, keep: Keep | None = None) -> Receipt:
    """Make the field hold exactly the wanted bans as our lines."""
    attempt = _Attempt(field, target, keep)
    try:
        return await attempt.run()
    except _Refused as refusal:
        return Receipt(Outcome.REFUSED, str(refusal), attempt.remembered)
    except NitradoError as error:
        pause = error.retry_after_seconds
        return Receipt(Outcome.FAILED, str(error), attempt.remembered, retry_after_seconds=pause, told=error.told())


class _Attempt:
    def __init__(self, field: BanField, target: Target, keep: Keep | None) -> None:
        self._field = field
        self._target = target
        self._keep = keep
        self.remembered: Remembered | None = target.remembered

    async def run(self) -> Receipt:
        for _ in range(_ATTEMPTS):
            before = await self._read()
            plan = await self._plan(before)
            if not plan.is_change:
                outcome = Outcome.DRIFTED if plan.drift else Outcome.UNCHANGED
                return plan.receipt(outcome, "the list says what it should" if not plan.drift else _drift_told(plan))
            if self._keep:
                await self._keep(plan.intended)
            self.remembered = plan.intended
            if await self._read() == before:
                await self._write(plan)
                return await self._confirmed(plan)
        return Receipt(Outcome.FAILED, f"somebody changed the list {_ATTEMPTS} times meanwhile", self.remembered)

    async def _plan(self, before: bytes) -> Plan:
        plan = await asyncio.to_thread(planned, self._target, before)
        if isinstance(plan, str):
            raise _Refused(plan)
        return plan

    async def _read(self) -> bytes:
        try:
            return (await self._field.read()).encode()
        except UnicodeEncodeError:
            raise _Refused("the list holds what is no text") from None

    async def _write(self, plan: Plan) -> None:
        try:
            await self._field.write(plan.content.decode())
        except (TokenRefused, RateLimited, Rejected):
            # Nothing was written, so that what comes into the list meanwhile is another's.
            owned = self._target.remembered.own if self._target.remembered else {}
            self.remembered = replace(plan.intended, own=owned)
            raise

    async def _confirmed(self, plan: Plan) -> Receipt:
        after = await self._read()
        if _lines(after) == _lines(plan.content):
            return self._receipt(plan)
        if after == plan.before:
            return Receipt(Outcome.FAILED, "Nitrado kept the old list", self.remembered)
        if not is_damaged(self._target, plan, after) or await self._read() != after:
            return Receipt(Outcome.FAILED, "somebody changed the list at the same moment", self.remembered)
        await self._field.write((plan.before or b"").decode())
        if await self._read() != plan.before:
            return Receipt(Outcome.FAILED, "Nitrado damaged the list, and the old one too", self.remembered)
        return Receipt(Outcome.FAILED, "Nitrado damaged the list; the old one was put back", self.remembered)

    def _receipt(self, plan: Plan) -> Receipt:
        if not plan.drift:
            return plan.receipt(Outcome.APPLIED, "written and read back")
        is_repaired = self._target.policy.repairs_drift
        return plan.receipt(Outcome.APPLIED if is_repaired else Outcome.DRIFTED, _drift_told(plan))


def _lines(content: bytes) -> list[bytes]:
    r"""The list's lines: whether the panel keeps `\r\n` and a last line end is its own affair."""
    return [line for line in content.splitlines() if line.strip()]


def _drift_told(plan: Plan) -> str:
    return f"somebody changed {len(plan.drift)} of our lines"
