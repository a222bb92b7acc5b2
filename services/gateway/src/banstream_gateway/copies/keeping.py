"""Keeps copies as new as the memory that they are of: written whole now and then, and added to every second."""

import asyncio
import time
from asyncio import to_thread
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

import structlog

from banstream_gateway.copies import blocks
from banstream_gateway.copies.blocks import UNFINISHED, Block
from banstream_gateway.copies.files import CopyFile, Lock
from banstream_gateway.copies.originals import PIECE, Original
from banstream_runtime.tasks import ended

logger = structlog.stdlib.get_logger(__name__)

_LOOK_SECONDS = 1.0
_SAY_SECONDS = 60.0
"""How often a copy says that it still holds where nothing has changed."""

_RETRY_SECONDS = 60.0
_HANGS_SECONDS = 60.0
"""What takes as long is a disk that does not answer: a million restrictions take some seconds."""

_WHOLE_SECONDS = 86_400.0
"""How long a copy may hold what is gone from memory: what somebody had erased, most of all."""

_LEAST_ADDED_BYTES = 4 * 1024 * 1024
_AT_ONCE_BYTES = 256 * 1024
_STOP_SECONDS = 5.0
_REMEDY = "make room on the disk and let the gateway write to BANSTREAM_COPY_DIR; it tries again every minute"


class Keeping:
    """Writes the copies of one folder, unless another process does so already."""

    def __init__(self, folder: Path, key: bytes, originals: Iterable[Original]) -> None:
        self._folder = folder
        self._lock = Lock(folder)
        self._copies = [_Copy(folder, key, original) for original in originals]
        self._trouble: str | None = None
        self._retry_at = 0.0
        self._looking = asyncio.Lock()
        self._looking_since: float | None = None

    @property
    def is_failing(self) -> bool:
        """Whether this process should write copies and cannot."""
        since = self._looking_since
        return self._trouble is not None or (since is not None and time.monotonic() - since >= _HANGS_SECONDS)

    @property
    def kept(self) -> int:
        """How many copies this process keeps on disk."""
        return sum(copy.is_kept for copy in self._copies)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if time.monotonic() >= self._retry_at:
                async with self._looking:
                    await self._look()

    async def finish(self, running: "asyncio.Task[None]") -> None:
        """End what runs, then say what is held; a copy that is not begun by then is not begun any more."""
        try:
            async with asyncio.timeout(_STOP_SECONDS), self._looking:
                await ended(running)
                for copy in self._copies:
                    await copy.add(anyhow=True)
        except (OSError, TimeoutError) as error:
            self._note(error)
        finally:
            await ended(running)
            for copy in self._copies:
                copy.close()
            self._lock.release()

    async def _look(self) -> None:
        self._looking_since = time.monotonic()
        try:
            self._note(await self._renewed())
        except Exception as error:
            logger.exception("copies_not_kept")
            self._fail(repr(error))
        finally:
            self._looking_since = None

    async def _renewed(self) -> OSError | None:
        """What was in the way, if anything."""
        trouble: OSError | None = None
        is_ours = False
        try:
            is_ours = await to_thread(self._lock.take)
        except OSError as error:
            trouble = error
        for copy in self._copies:
            try:
                await copy.renew() if is_ours else copy.close()
            except OSError as error:
                trouble = error
        return trouble

    def _note(self, error: OSError | None) -> None:
        """Said once, not every minute."""
        if error is None:
            if self._trouble is not None:
                logger.info("copy_written_again", folder=str(self._folder))
            self._trouble = None
            return
        reason = error.strerror or repr(error)
        if reason != self._trouble:
            logger.error("copy_not_written", folder=str(self._folder), reason=reason, remedy=_REMEDY)
        self._fail(reason)

    def _fail(self, reason: str) -> None:
        self._trouble, self._retry_at = reason, time.monotonic() + _RETRY_SECONDS


class _Copy:
    """The copy of one bucket, as this process writes it."""

    def __init__(self, folder: Path, key: bytes, original: Original) -> None:
        self._folder = folder
        self._key = key
        self._watch, self._held = original
        self._file: CopyFile | None = None
        self._whole_bytes = 0
        self._whole_at = self._said_at = 0.0
        self._words = 0

    @property
    def is_kept(self) -> bool:
        """Whether it is on disk, and added to."""
        return self._file is not None

    async def renew(self) -> None:
        """Write what has changed, everything where there is nothing to add to. Raises OSError.

        Nothing is begun of a state that is not that of the bucket.
        """
        is_due = time.monotonic() - self._said_at >= _SAY_SECONDS
        if self._watch.is_in_step and (self._file is None or await self._is_over(self._file, is_due=is_due)):
            try:
                await self._write_whole()
            except OSError:
                await self.add(anyhow=True)
                raise
        else:
            await self.add(anyhow=is_due)

    async def add(self, *, anyhow: bool) -> None:
        """Add what has changed; `anyhow`: also where nothing has, and that is known. Raises OSError.

        What was heard just before NATS went away too: checks are answered with it from then on.
        """
        file = self._file
        if file is None:
            return
        as_of, position, keys = self._as_of(), self._held.position, self._held.changes.taken()
        if not (keys or (anyhow and self._watch.is_in_step)):
            return
        try:
            await self._add(file, keys, as_of, position)
            await to_thread(file.settle)
        except BaseException:
            self.close()
            raise
        self._said_at = time.monotonic()

    def close(self) -> None:
        """Leave on disk what is whole there."""
        self._held.changes.forget()
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _write_whole(self) -> None:
        """What changes while it is written is in it or is added behind it. Without room the one before stays in use."""
        started = time.monotonic()
        file = await to_thread(CopyFile, self._folder, self._watch.bucket, self._key)
        before, self._file = self._file, None
        self._held.changes.follow()
        self._words = 0
        try:
            await self._add(file, self._held.keys(), self._as_of(), self._held.position)
            await to_thread(file.put_in_place)
        except BaseException:
            self._held.changes.forget()
            file.close()
            raise
        finally:
            if before is not None:
                await to_thread(before.close)
        self._file, self._whole_bytes = file, file.written_bytes
        self._whole_at = self._said_at = time.monotonic()
        seconds = round(self._whole_at - started, 3)
        logger.info("copy_written", bucket=self._watch.bucket, bytes=self._whole_bytes, seconds=seconds)

    async def _add(self, file: CopyFile, keys: Sequence[str], as_of: float, position: int) -> None:
        """Checks go on meanwhile: as much time as entries take is left to them."""
        left = iter(keys)
        pieces: list[bytes] = []
        while some := [*islice(left, PIECE)]:
            began = time.perf_counter()
            pieces.append(self._block(UNFINISHED, position, some))
            await asyncio.sleep(time.perf_counter() - began)
            if sum(map(len, pieces)) >= _AT_ONCE_BYTES:
                await to_thread(file.add, pieces)
                pieces = []
        pieces.append(self._block(as_of, position, ()))
        await to_thread(file.add, pieces)

    def _block(self, as_of: float, position: int, keys: Iterable[str]) -> bytes:
        entries = {key: self._held.copied(key) for key in keys}
        words = self._held.words[self._words :]
        self._words += len(words)
        return blocks.write(Block(as_of, position, words, entries))

    def _as_of(self) -> float:
        return time.time() - self._watch.unheard_seconds()

    async def _is_over(self, file: CopyFile, *, is_due: bool) -> bool:
        """Whether there is nothing to add to any more."""
        added = file.written_bytes - self._whole_bytes
        is_old = time.monotonic() - self._whole_at >= _WHOLE_SECONDS
        is_worn = is_old or added > max(self._whole_bytes, _LEAST_ADDED_BYTES)
        return is_worn or (is_due and not await to_thread(file.is_in_place))
