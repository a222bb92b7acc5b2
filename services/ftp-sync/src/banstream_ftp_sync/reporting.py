"""What ftp-sync tells itself by commands, so that it is in the log and on EVENTS."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from nats.aio.client import Client

from banstream_contracts import streams
from banstream_contracts.commands.ban_files import (
    AcceptHostKey,
    BanFileCommand,
    ReportDrift,
    ReportFailure,
    ReportProtectedBans,
    ReportRecovery,
    ReportRefusal,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.text import blank_control_characters
from banstream_decider.leader import PASSING
from banstream_ftp_sync.applying.receipts import Receipt
from banstream_ftp_sync.settling import drifted_infractions
from banstream_runtime.commanding import store_command
from banstream_runtime.identifiers import new_id

_FTP_SYNC = Actor(kind="system", id=streams.FTP_SYNC)
_NAMESPACE = UUID("6f3b1d0e-9b1c-5a57-8d2f-3c9a54b2a7f1")
_MOST = 500
_RETRY_SECONDS = 0.5
_LONGEST = 1024


def cleaned(text: str) -> str:
    """Of a server's words, what may be told: bounded, and without control characters."""
    return blank_control_characters(text)[:_LONGEST] or "no reason"


class Reporter:
    """Speaks of one file as it was when its worker began; waits for NATS where that is away.

    `after` is when the attempt before was: the same news after the same attempt is told once.
    """

    def __init__(self, client: Client, ban_file_id: str, since_version: int) -> None:
        self._client = client
        self._ban_file_id = ban_file_id
        self._since_version = since_version

    async def host_key(self, fingerprint: str) -> None:
        """The first key that was met."""
        about = self._about(f"host key {fingerprint}")
        await self._send(AcceptHostKey(**about, host_key=fingerprint, seen_version=self._since_version))

    async def drift(self, receipt: Receipt, after: datetime | None, *, repaired: bool) -> None:
        """Somebody changed lines of ours."""
        lost = sorted(f"{drift.key} {drift.what}" for drift in receipt.drift)
        missing = sum(drift.what == "missing" for drift in receipt.drift)
        command = ReportDrift(
            **self._about(f"drift {after} {repaired} {lost}"),
            infraction_ids=tuple(drifted_infractions(receipt)[:_MOST]),
            missing=missing,
            changed=len(receipt.drift) - missing,
            repaired=repaired,
        )
        await self._send(command)

    async def protected(self, infraction_ids: Sequence[str], after: datetime | None) -> None:
        """Bans of protected players were kept out."""
        for start in range(0, len(infraction_ids), _MOST):
            page = tuple(infraction_ids[start : start + _MOST])
            await self._send(ReportProtectedBans(**self._about(f"protected {after} {page}"), infraction_ids=page))

    async def refusal(self, reason: str, after: datetime | None) -> None:
        """Writing could have done harm."""
        await self._send(ReportRefusal(**self._about(f"refusal {after} {reason}"), reason=cleaned(reason)))

    async def failure(self, reason: str, since: datetime, after: datetime | None) -> None:
        """Attempts have failed for a while. Where NATS is away it is left to the next one that fails."""
        await self._sent(ReportFailure(**self._about(f"failure {after}"), since=since, reason=cleaned(reason)))

    async def recovery(self, after: datetime | None) -> None:
        """All is well again. Where NATS is away it is left to the next attempt that goes well."""
        await self._sent(ReportRecovery(**self._about(f"recovery {after}")))

    def _about(self, what: str) -> dict[str, Any]:
        command_id = uuid5(_NAMESPACE, f"{self._ban_file_id} {self._since_version} {what}")
        return {
            "command_id": command_id,
            "issued_at": datetime.now(UTC),
            "actor": _FTP_SYNC,
            "correlation_id": new_id(),
            "ban_file_id": self._ban_file_id,
        }

    async def _send(self, command: BanFileCommand) -> None:
        while not await self._sent(command):  # noqa: ASYNC110 - NATS is away
            await asyncio.sleep(_RETRY_SECONDS)

    async def _sent(self, command: BanFileCommand) -> bool:
        with suppress(*PASSING):
            await store_command(self._client.jetstream(), command)
            return True
        return False
