"""Targets that stand still though the other side does nothing wrong: NATS refuses their consumer, or a bug is met."""

from datetime import UTC, datetime

import structlog
from prometheus_client import Gauge

from banstream_notifier.ledger import Ledger

STALLED = Gauge(
    "banstream_notifier_stalled_targets",
    "Targets that stand still by a fault of ours or of NATS, in the process that tells them",
)
_BEGIN = """
    insert into stalls (target_id, since, reason) values ($1, $2, $3)
    on conflict (target_id) do update set reason = excluded.reason returning since
"""
_COUNT = "select count(*) from stalls join targets using (target_id) where not is_removed"

logger = structlog.stdlib.get_logger(__name__)


class Stalls:
    """On the connection that holds the lock of telling; whoever is asked about a target shows them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def begin(self, target_id: str, reason: str) -> None:
        """It stands still, or still does."""
        async with self._ledger.using() as connection:
            since: datetime = await connection.fetchval(_BEGIN, target_id, datetime.now(UTC), reason)
        logger.warning("target_stalled", target_id=target_id, error=reason, since=since.isoformat())

    async def end(self, target_id: str) -> None:
        """It goes on, if it did not."""
        async with self._ledger.using() as connection:
            await connection.execute("delete from stalls where target_id = $1", target_id)

    async def count(self) -> None:
        """How many there are, for the metric."""
        async with self._ledger.using() as connection:
            STALLED.set(await connection.fetchval(_COUNT))
