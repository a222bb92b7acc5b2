"""What is copied: what a process holds of a bucket, and the watch that feeds it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.changes import Changes

PIECE = 200
"""Entries between two turns of the event loop: join checks wait no longer than these take."""


class Held(Protocol):
    """The entries of one bucket, in memory."""

    changes: Changes

    @property
    def position(self) -> int:
        """The log position that they are as of."""

    @property
    def words(self) -> Sequence[str]:
        """What copied entries are read with; more are added behind these."""

    def keys(self) -> list[str]:
        """The KV key of every entry, as of now."""

    def copied(self, key: str) -> bytes | None:
        """An entry as a copy keeps it; None where there is none."""

    def adopt(self, words: Sequence[str], entries: Mapping[str, bytes | None], position: int) -> None:
        """Take entries of a copy, where nothing newer is known. Raises ValueError."""

    def disown(self) -> None:
        """Forget what was taken of a copy."""


class Original(NamedTuple):
    """One bucket."""

    watch: BucketWatch
    held: Held
