"""How far each source is behind, for scrapes."""

import time
from contextlib import suppress

from prometheus_client import Gauge

LAG = Gauge("banstream_log_source_lag_seconds", "Since the last poll that went well", ["source"])
BEHIND = Gauge("banstream_log_source_bytes_behind", "Of the log that is read, not read yet", ["source"])


def begin(source_id: str) -> None:
    """From now on until a poll goes well, the lag grows."""
    _count_from(source_id, time.time())


def polled(source_id: str, bytes_behind: int) -> None:
    """A poll has gone well now."""
    _count_from(source_id, time.time())
    BEHIND.labels(source_id).set(bytes_behind)


def forget(source_id: str) -> None:
    """A source that this process reads no more."""
    for gauge in (LAG, BEHIND):
        with suppress(KeyError):
            gauge.remove(source_id)


def _count_from(source_id: str, at: float) -> None:
    LAG.labels(source_id).set_function(lambda: time.time() - at)
