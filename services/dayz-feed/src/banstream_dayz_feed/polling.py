"""One look into a source's folder: finish the older log first, then the later one, each from where reading stands."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

from banstream_dayz_feed.advancing import advance, conclude_log
from banstream_dayz_feed.lines.clock import start_of
from banstream_dayz_feed.lines.reading import first_start
from banstream_dayz_feed.logs import HEAD, Log, Look, first_of, is_late, label_of, later_than, left_out, logs_in
from banstream_dayz_feed.position import Position
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_remote_files.ports import MAX_READ_BYTES, RemoteFiles

READ_BYTES = 256 * 1024
"""What is read, examined and kept at a time, where the host can begin in the middle of a file."""

_MOST_SEARCHED = 20
_REPLACED = "another log stood in place of {file}, which was read up to byte {offset}"
_SHORTER = "{file} is shorter than what was read of it"
_EMPTY = "there is no log in the folder"
_UNTOLD = "{file} does not say yet when it began"
_LEFT_OUT = (
    "{later} was written later than {file} and is not read, as its name says that it begins before it:"
    " if the clock of the host was wrong, remove {file} there and add the source anew"
)


class Keeper(Protocol):
    """Where positions are kept."""

    async def save(self, kept: "Kept") -> None:
        """Everything at once, or nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A position, what the rules remember there, and what they found on the way.

    `begin` is what they remembered when a log began; None where none has.
    """

    position: Position
    memory: bytes
    begin: bytes | None
    findings: tuple[Finding, ...] = ()


class _Held(Enum):
    """What a log holds where reading stands."""

    MORE = "more"
    NOTHING_NEW = "nothing new"
    SHORTER = "shorter"
    OTHER = "other"


@dataclass(slots=True)
class Poll:
    """A look into the folder over an open connection.

    `begin` is what the rules remembered when the log began, `look` the one before, of a host that cannot resume.
    """

    files: RemoteFiles
    folder: str
    keeper: Keeper
    position: Position
    detector: Detector
    make_detector: Callable[[], Detector]
    begin: bytes
    zone: ZoneInfo
    look_back: timedelta
    now: Callable[[], datetime]
    look: Look | None = None

    async def run(self) -> None:
        """Read everything there is. Raises `RemoteFileError`s; what was kept until then stays."""
        logs, now = logs_in(await self.files.entries(self.folder)), self.now()
        if self.look and self.look.holds(logs, self.position, now, self.look_back):
            return
        await self._read_all(logs)
        self.look = None if self.files.resumes else Look(tuple(logs), now)

    async def _read_all(self, logs: Sequence[Log]) -> None:
        if not logs:
            await self._note(_EMPTY)
        if not self.position.file and not await self._begin_first(logs):
            return
        while await self._read_one(logs):
            pass

    async def _begin_first(self, logs: Sequence[Log]) -> bool:
        untold = {log.name: first_start(await self._head(log)) for log in logs if log.start is None}
        local = self.now().astimezone(self.zone).replace(tzinfo=None)
        first = first_of(logs, untold, local - self.look_back)
        if first is None:
            return False
        began = {log.name: log.start or untold.get(log.name) for log in logs}
        start = began[first.name]
        earlier = [name for name, each in began.items() if each and start and each < start]
        self.position = self.position.with_seen(*earlier)
        return await self._begin(first)

    async def _read_one(self, logs: Sequence[Log]) -> bool:
        """Read the log that is next; whether to go on with another one."""
        current = next((log for log in logs if log.name == self.position.file), None)
        held = await self._read(current) if current else _Held.OTHER
        if held in {_Held.SHORTER, _Held.OTHER}:
            if await self._find_again(logs):
                return True
            if current is not None:
                return await self._replaced(current, held)
        later = [log for log in later_than(self.position, logs) if not await self._is_copy(log)]
        begun, untold = await self._told_apart(later, current)
        if not begun:
            await self._tell_unread(untold, logs)
            return False
        if current and not await self._is_finished(held, len(begun)):
            return False
        if current:
            await self._finish(current)
        return await self._begin(begun[0])

    async def _told_apart(self, later: Sequence[Log], current: Log | None) -> tuple[list[Log], list[Log]]:
        """Those that come next, and those that do not say yet when they began.

        Neither are a copy of the log that is read, and one that began before it by its first line: somebody may have
        put them there.
        """
        begun, untold = list[Log](), list[Log]()
        for log in later:
            if log.start is not None and log.start != self.position.started:
                begun.append(log)
                continue
            head = await self._head(log)
            told = replace(log, start=log.start or first_start(head))
            if label_of(log, head) is None:
                untold.append(log)
            elif not (is_late(told, self.position) or await self._is_taken_from(current, told, head)):
                begun.append(log)
        return begun, untold

    async def _is_taken_from(self, current: Log | None, log: Log, head: bytes) -> bool:
        """A log that began in the same second is another one where it says something else, or more."""
        if current is None or log.start is None or log.start != self.position.started:
            return False
        offset = self.position.reading.offset
        rest = await self._bytes(log, offset, HEAD)
        is_alike = (await self._head(current)).startswith(head)
        return is_alike and (await self._bytes(current, offset, HEAD)).startswith(rest)

    async def _tell_unread(self, untold: Sequence[Log], logs: Sequence[Log]) -> None:
        if untold:
            await self._note(_UNTOLD.format(file=untold[0].name))
        elif left := left_out(self.position, logs):
            await self._note(_LEFT_OUT.format(later=left[-1].name, file=self.position.file))

    async def _is_finished(self, held: _Held, later: int) -> bool:
        """A host may write the last lines of a log after it has begun the next one: look once more before leaving."""
        if later > 1 or (held is _Held.NOTHING_NEW and self.position.is_quiet):
            return True
        self.position = replace(self.position, is_quiet=True)
        await self._save()
        return False

    async def _read(self, log: Log) -> _Held:
        """Read on to the end, whatever the listing says: of a file that is open, Windows tells an old size and time."""
        if not await self._begins_the_same(log):
            return _Held.OTHER
        held = _Held.NOTHING_NEW
        while True:
            kept, offset = self.position.kept, self.position.reading.offset
            most = self._most_at(offset)
            content = await self._bytes(log, offset - len(kept), len(kept) + most)
            if len(content) < len(kept):
                return _Held.SHORTER
            if not content.startswith(kept):
                return _Held.OTHER
            fresh = content[len(kept) :]
            is_end = len(fresh) < most
            if offset + len(fresh) > self.position.end or self.position.is_odd:
                held = _Held.MORE
                await self._advance(fresh, log)
            if is_end:
                return held

    def _most_at(self, offset: int) -> int:
        """How much to read. Where all before it comes as well, as much as that: it comes a few times, not for each."""
        return READ_BYTES if self.files.resumes else max(READ_BYTES, min(offset, MAX_READ_BYTES))

    async def _advance(self, fresh: bytes, log: Log) -> None:
        advanced = await asyncio.to_thread(advance, self.position, self.detector, fresh)
        self.position = replace(advanced.position, modified_at=log.modified_at)
        await self._save(advanced.findings)

    async def _finish(self, log: Log) -> None:
        """What stands behind the last line end."""
        rest = await self._bytes(log, self.position.reading.offset, READ_BYTES)
        if rest:
            ended = conclude_log(self.position, self.detector, rest)
            self.position = ended.position
            await self._save(ended.findings)

    async def _find_again(self, logs: Sequence[Log]) -> bool:
        """A host may rename a log when it begins another one: then the rest of it is there.

        Of a log without a time in its name it may be in a copy that was seen, and has grown with the log since.
        """
        position, others = self.position, [log for log in logs[::-1] if log.name != self.position.file]
        unseen = [log for log in others if log.name not in position.seen]
        copies = [log for log in others if log.name in position.seen] if self._is_untimed else []
        for log in [*unseen, *copies][:_MOST_SEARCHED]:
            if await self._holds_the_same(log):
                self.position = replace(position, file=log.name, is_odd=False, is_quiet=False, modified_at=None)
                await self._save()
                return True
        return False

    async def _is_copy(self, log: Log) -> bool:
        """Of a log without a time in its name a host may keep a copy with one."""
        if not self._is_untimed or not await self._holds_the_same(log):
            return False
        self.position = self.position.with_seen(log.name)
        await self._save()
        return True

    async def _holds_the_same(self, log: Log) -> bool:
        """Whether it has the same bytes where reading stands."""
        kept, offset = self.position.kept, self.position.reading.offset
        if log.size is not None and log.size < offset:
            return False
        is_told = bool(kept) or (self._is_untimed and self.position.started is not None)
        if not is_told or not await self._begins_the_same(log):
            return False
        return not kept or await self._bytes(log, offset - len(kept), len(kept)) == kept

    @property
    def _is_untimed(self) -> bool:
        """Whether the log that is read has no time in its name."""
        return start_of(self.position.file) is None

    async def _begins_the_same(self, log: Log) -> bool:
        """Near the begin all logs are alike but for when they began; further on lines tell them apart."""
        if not self._is_untimed or self.position.reading.offset >= HEAD:
            return True
        return first_start(await self._head(log)) == self.position.started

    async def _replaced(self, log: Log, held: _Held) -> bool:
        """Another log under the same name. One that is only shorter may be in the middle of being written anew."""
        told = {"file": log.name, "offset": self.position.reading.offset}
        if held is _Held.SHORTER and not self.position.is_odd:
            self.position = replace(self.position, is_odd=True, note=_SHORTER.format(**told))
            await self._save()
            return False
        if not await self._begin(log):
            return False
        self.position = replace(self.position, note=_REPLACED.format(**told))
        await self._save()
        return True

    async def _begin(self, log: Log) -> bool:
        """Stand at the first byte of a log. False where it does not say yet which one it is."""
        head = await self._head(log)
        label = label_of(log, head)
        if label is None:
            await self._note(_UNTOLD.format(file=log.name))
            return False
        if label == self.position.label:
            self.detector = self.make_detector()
            self.detector.resume(self.begin)
        self.begin = self.detector.state()
        self.position = self.position.at_begin(log.name, label, log.start or first_start(head), log.start)
        await self._save(is_begin=True)
        return True

    async def _head(self, log: Log) -> bytes:
        return await self._bytes(log, 0, HEAD)

    async def _bytes(self, log: Log, offset: int, limit: int) -> bytes:
        return await self.files.read_from(f"{self.folder.rstrip('/')}/{log.name}", offset, limit)

    async def _note(self, text: str) -> None:
        if self.position.note != text:
            self.position = replace(self.position, note=text)
            await self._save()

    async def _save(self, findings: tuple[Finding, ...] = (), *, is_begin: bool = False) -> None:
        memory = self.detector.state()
        await self.keeper.save(Kept(self.position, memory, self.begin if is_begin else None, findings))
