"""Brings a ban file on a server up to date, and never damages one.

Read, decide (pure, see `plan`), write under another name, look again whether somebody edited the file, put the new
one in its place, read back. A step that fails leaves the old file or the new one, and the next attempt heals the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace

from banstream_ftp_sync.applying.leftovers import (
    SPENT,
    Healing,
    Temporary,
    backup_path,
    healing,
    is_whole,
    note_of,
    note_path,
    read_note,
    temporaries,
    temporary_path,
)
from banstream_ftp_sync.applying.placing import (
    EditedMeanwhile,
    NotAsWritten,
    bring_back,
    put_in_place,
    take_away,
    write_checked,
    write_over,
)
from banstream_ftp_sync.applying.plan import Plan, Target, is_damaged, planned
from banstream_ftp_sync.applying.receipts import Outcome, Receipt, Remembered
from banstream_remote_files.errors import NotThere, RemoteFileError, WriteRefused
from banstream_remote_files.paths import folder_of, name_of
from banstream_remote_files.ports import RemoteFiles

_ATTEMPTS = 3
_TOLD_IN_PLACE = (
    "the server renames and deletes nothing: the file is written in place, and files of ours stay beside it"
)

Keep = Callable[[Remembered], Awaitable[None]]
"""Stores durably what has to be known should this process die in the middle of a write."""


class _Refused(Exception):
    """Writing could do harm."""


async def apply_at(
    connect: Callable[[], AbstractAsyncContextManager[RemoteFiles]], path: str, target: Target, keep: Keep | None = None
) -> Receipt:
    """As `apply`, on a connection of its own; one that cannot be made is a failed attempt."""
    try:
        async with connect() as files:
            return await apply(files, path, target, keep)
    except RemoteFileError as error:
        return Receipt(Outcome.FAILED, str(error), target.remembered, told=error.told())


async def apply(files: RemoteFiles, path: str, target: Target, keep: Keep | None = None) -> Receipt:
    """Make the file at `path` hold exactly the wanted bans as our lines. Raises ValueError for an impossible path."""
    attempt = _Attempt(files, path, target, keep)
    try:
        return await attempt.run()
    except _Refused as refusal:
        return Receipt(Outcome.REFUSED, str(refusal), attempt.remembered)
    except EditedMeanwhile:
        return Receipt(Outcome.FAILED, "somebody changed the file at the same moment", attempt.remembered)
    except NotAsWritten as error:
        told = "the file did not hold what was written"
        return Receipt(Outcome.FAILED, f"{error} did not hold what was written", attempt.remembered, told=told)
    except RemoteFileError as error:
        return Receipt(Outcome.FAILED, str(error), attempt.remembered, told=error.told())


class _Attempt:
    def __init__(self, files: RemoteFiles, path: str, target: Target, keep: Keep | None) -> None:
        self._files = files
        self._path = path
        self._target = target
        self._keep = keep
        self._is_in_place = False
        """Whether the server is known to rename and to delete nothing."""
        self.remembered = target.remembered

    async def run(self) -> Receipt:
        await self._heal()
        receipt = await self._brought_up_to_date()
        return replace(receipt, reason=f"{receipt.reason}; {_TOLD_IN_PLACE}") if self._is_in_place else receipt

    async def _brought_up_to_date(self) -> Receipt:
        for _ in range(_ATTEMPTS):
            plan = await self._plan(await self._read())
            if not plan.is_change:
                return _unwritten(plan)
            if await self._written(plan):
                return await self._confirmed(plan)
        return Receipt(Outcome.FAILED, f"somebody changed the file {_ATTEMPTS} times meanwhile", self.remembered)

    async def _plan(self, before: bytes | None) -> Plan:
        plan = await asyncio.to_thread(planned, self._target, before)
        if isinstance(plan, str):
            raise _Refused(plan)
        return plan

    async def _read(self) -> bytes | None:
        """The whole file, None when it is certainly not there; a read that is not whole is no read.

        Somebody may have written to it between the two requests, so they are made once more.
        """
        try:
            content, size = await self._content_and_size()
            if len(content) != size:
                content, size = await self._content_and_size()
        except NotThere:
            if name_of(self._path).casefold() in {name.casefold() for name in await self._names()}:
                raise _Refused("the server lists the file and says that it is not there") from None
            return None
        if len(content) != size:
            raise _Refused(f"{len(content)} of {size} bytes were read")
        return content

    async def _content_and_size(self) -> tuple[bytes, int]:
        """The size last: a line that comes while the content is on its way shows by it."""
        content = await self._files.read(self._path)
        return content, await self._files.size(self._path)

    async def _names(self) -> list[str]:
        return [entry.name for entry in await self._files.entries(folder_of(self._path))]

    async def _written(self, plan: Plan) -> bool:
        """Whether the new file is in its place; not if somebody changed the old one in the meantime."""
        temporary, announced = self._announcement(plan.before, plan.content)
        try:
            await write_checked(self._files, temporary, announced)
            await self._kept(plan)
            if await self._read() != plan.before:
                await self._cleared(temporary)
                return False
        except (RemoteFileError, NotAsWritten, _Refused):
            with suppress(RemoteFileError):
                await self._cleared(temporary)
            raise
        try:
            await self._put(temporary, plan.before, plan.content)
        except EditedMeanwhile:
            await self._cleared(temporary)
            return False
        return True

    def _announcement(self, old: bytes | None, new: bytes) -> tuple[str, bytes]:
        """The file that comes first, so that the next attempt knows what was begun: its path and its content."""
        if self._is_in_place:
            return note_path(self._path), note_of(old, new)
        return temporary_path(self._path, old, new), new

    async def _put(self, temporary: str, old: bytes | None, new: bytes) -> None:
        if self._is_in_place:
            await write_over(self._files, self._path, old, new)
        elif await put_in_place(self._files, self._path, temporary, old, new):
            return
        if not await self._cleared(temporary) and not self._is_in_place:
            await self._files.write(note_path(self._path), SPENT)
            self._is_in_place = True

    async def _cleared(self, path: str, content: bytes | None = None) -> bool:
        """Whether a file of ours is deleted; where the server does not do that, it is spent."""
        try:
            await self._files.delete(path)
        except WriteRefused:
            if content != SPENT:
                await self._files.write(path, SPENT)
            return False
        return True

    async def _kept(self, plan: Plan) -> None:
        """Not before the server has shown that it takes writes: a line that comes while it does not is another's."""
        if self._keep:
            await self._keep(plan.intended)
        self.remembered = plan.intended

    async def _confirmed(self, plan: Plan) -> Receipt:
        after = await self._files.read(self._path)
        if after == plan.content:
            return self._receipt(plan)
        if after == plan.before:
            return Receipt(Outcome.FAILED, "the server kept the old file", self.remembered)
        told = await self._restored(plan, after) if is_damaged(self._target, plan, after) else None
        return Receipt(Outcome.FAILED, told or "somebody changed the file at the same moment", self.remembered)

    def _receipt(self, plan: Plan) -> Receipt:
        if not plan.drift:
            return plan.receipt(Outcome.APPLIED, "written and read back")
        is_repaired = self._target.policy.repairs_drift
        return plan.receipt(Outcome.APPLIED if is_repaired else Outcome.DRIFTED, _drift_told(plan))

    async def _restored(self, plan: Plan, damaged: bytes) -> str | None:
        """What became of the damage; None if a game had only cut the file short, to write it anew."""
        if plan.before is None:
            await take_away(self._files, self._path, self._target.ban_format.empty)
            return "the server damaged the file; it was taken away"
        temporary, announced = self._announcement(damaged, plan.before)
        await write_checked(self._files, temporary, announced)
        if await self._files.read(self._path) != damaged:
            await self._cleared(temporary)
            return None
        if await self._put_back(temporary, damaged, plan.before):
            return "the server damaged the file; the old one was put back"
        return "the server damaged the file, and the old one too, which is in the backup beside it"

    async def _put_back(self, temporary: str, damaged: bytes | None, before: bytes) -> bool:
        """Whether the old file took; where the server damages it too, it is kept beside it for a person."""
        is_taken = True
        try:
            await self._put(temporary, damaged, before)
        except NotAsWritten:
            is_taken = False
        if is_taken and await self._files.read(self._path) != damaged:
            return True
        await write_checked(self._files, backup_path(self._path), before)
        if not is_taken:
            await self._cleared(temporary)
        return False

    async def _heal(self) -> None:
        """Finish or clear away what earlier attempts left."""
        names = await self._names()
        has_backup = name_of(backup_path(self._path)) in names
        for temporary in temporaries(self._path, names):
            content = await self._files.read(temporary.path)
            healed = await self._heal_one(temporary, content, has_backup=has_backup)
            is_renamed = healed is Healing.FINISH and await self._renamed(temporary.path, content)
            if not is_renamed and healed not in {Healing.LEAVE, Healing.PUT_BACK}:
                await self._cleared(temporary.path, content)
        if name_of(note_path(self._path)) in names:
            self._is_in_place = True
            note = await self._files.read(note_path(self._path))
            begun = read_note(self._path, note)
            if begun and await self._heal_one(*begun, has_backup=has_backup) is Healing.PUT_BACK:
                return
            self._is_in_place = not await self._cleared(note_path(self._path), note)

    async def _renamed(self, temporary: str, content: bytes) -> bool:
        """Put a new file in the place of one that is gone; whether that took the temporary one away."""
        return await put_in_place(self._files, self._path, temporary, None, content)

    async def _heal_one(self, temporary: Temporary, intended: bytes, *, has_backup: bool) -> Healing:
        """What was found; to finish is left to who knows whether there is a file to rename."""
        if not is_whole(temporary, intended):
            return Healing.NONE
        backup = await self._files.read(backup_path(self._path)) if has_backup else None
        content, good = await self._read(), self.remembered.sha256 if self.remembered else None
        found = healing(temporary, content, backup, intended, good)
        match found:
            case Healing.PUT_BACK:
                await self._put_back(temporary.path, content, intended)
            case Healing.RENAME_BACK:
                await bring_back(self._files, self._path, backup or b"")
            case Healing.WRITE_BACK:
                await write_checked(self._files, self._path, backup or b"")
            case Healing.REMOVE:
                await take_away(self._files, self._path, self._target.ban_format.empty)
            case Healing.FINISH | Healing.LEAVE | Healing.NONE:
                pass
        return found


def _unwritten(plan: Plan) -> Receipt:
    if plan.drift:
        return plan.receipt(Outcome.DRIFTED, _drift_told(plan))
    return plan.receipt(Outcome.UNCHANGED, "the file says what it should")


def _drift_told(plan: Plan) -> str:
    return f"somebody changed {len(plan.drift)} of our lines"
