"""A gateway that starts while NATS is away answers from the copies on its disk, and says so."""

import asyncio
import time
from asyncio import to_thread
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import structlog

from banstream_gateway.copies.files import Found, NoCopy, NotUsable, blocks_of, examined, opened, path_of
from banstream_gateway.copies.originals import Original

logger = structlog.stdlib.get_logger(__name__)

_LOOK_SECONDS = 0.25
_REMEDY = "checks are answered when NATS is back, and the copy is then written anew"


class Restoring:
    """Takes over the copy of each bucket that NATS does not bring in time, once."""

    def __init__(
        self,
        folder: Path,
        keys: Sequence[bytes],
        originals: Iterable[Original],
        *,
        after_seconds: float,
        most_seconds: float,
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._originals = [*originals]
        self._after_seconds = after_seconds
        self._most_seconds = most_seconds

    async def run(self) -> None:
        """Return when every bucket is loaded, or has no copy that can be used."""
        await asyncio.sleep(self._after_seconds)
        waiting = self._originals
        while waiting := [each for each in waiting if not each.watch.is_loaded]:
            for original in [each for each in waiting if not each.watch.is_arriving]:
                await self._restore(original)
                waiting.remove(original)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _restore(self, original: Original) -> None:
        bucket = original.watch.bucket
        try:
            with await to_thread(opened, self._folder, bucket) as file:
                found = await to_thread(examined, file, bucket, self._keys)
                age = self._age(found)
                await _take_over(file, found, original)
        except NoCopy:
            logger.info("no_copy", bucket=bucket, path=str(path_of(self._folder, bucket)))
        except (NotUsable, OSError, ValueError) as error:
            path = str(path_of(self._folder, bucket))
            logger.warning("copy_not_used", bucket=bucket, path=path, reason=str(error), remedy=_REMEDY)
        else:
            if not original.watch.is_loaded:
                copied_at = datetime.fromtimestamp(found.as_of, UTC)
                original.watch.adopt(copied_at, age)
                logger.warning("answers_from_copy", bucket=bucket, of=copied_at.isoformat(), age_seconds=int(age))

    def _age(self, found: Found) -> float:
        """How old a copy is. Nobody knows it of one from the future, as the clock was set back. Raises NotUsable."""
        age = time.time() - found.as_of
        if age > self._most_seconds:
            raise NotUsable(f"it is {int(age)} seconds old, more than BANSTREAM_COPY_MAX_AGE_SECONDS")
        return age if age >= 0 else self._most_seconds


async def _take_over(file: BinaryIO, found: Found, original: Original) -> None:
    """Stops where the watch has loaded the bucket meanwhile. Raises OSError or ValueError, and takes nothing then."""
    following = blocks_of(file, original.watch.bucket, found)
    try:
        while block := await to_thread(next, following, None):
            if original.watch.is_loaded:
                return
            original.held.adopt(block.words, block.entries, found.position)
    except (OSError, ValueError):
        original.held.disown()
        raise
