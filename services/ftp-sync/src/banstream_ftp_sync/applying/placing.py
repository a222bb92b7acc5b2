"""Putting a new ban file in the place of the old one, by the safest way that the server offers.

1. Rename onto the old file: at once, nothing in between.
2. Where the server does not do that: rename the old file to a backup, and the new one to its name.
3. Where it renames nothing: write a backup, then write over the file.

In the second way the file is away between two requests, in the third it is torn when the connection breaks while it is
written. The temporary file and the backup stay then, and the next attempt puts the old file back.

A server that deletes nothing either is written to in the third way from then on.
"""

from contextlib import suppress

from banstream_ftp_sync.applying.leftovers import backup_path
from banstream_remote_files.errors import NotThere, RemoteFileError, WriteRefused
from banstream_remote_files.ports import RemoteFiles


class NotAsWritten(Exception):
    """The server holds something else than what was written, although it said that all is well."""


class EditedMeanwhile(Exception):
    """Somebody has edited the file since it was read; what they wrote is in its place."""


async def put_in_place(files: RemoteFiles, path: str, temporary: str, old: bytes | None, new: bytes) -> bool:
    """Make `temporary`, which holds `new`, the file at `path`, which held `old`.

    Raises `RemoteFileError`, `EditedMeanwhile`. Whether it was renamed; else it is still there.
    """
    try:
        await files.replace(temporary, path)
    except WriteRefused:
        if old is not None and await _swapped(files, path, temporary, old):
            return True
        await write_over(files, path, old, new)
        return False
    return True


async def write_over(files: RemoteFiles, path: str, old: bytes | None, new: bytes) -> None:
    """Write the file in place, with a backup of what it held. Raises `EditedMeanwhile`: a backup takes its time."""
    if old is not None:
        await write_checked(files, backup_path(path), old)
        if await _held(files, path) not in {old, None}:
            raise EditedMeanwhile
    try:
        await write_checked(files, path, new)
    except (NotAsWritten, WriteRefused):
        await _taken_back(files, path, old)
        raise


async def bring_back(files: RemoteFiles, path: str, old: bytes) -> None:
    """Make the backup, which holds `old`, the file again."""
    try:
        await files.replace(backup_path(path), path)
    except WriteRefused:
        await write_checked(files, path, old)


async def take_away(files: RemoteFiles, path: str, empty: bytes) -> None:
    """Delete a file that was not there before; leave it without bans where the server deletes nothing."""
    try:
        await files.delete(path)
    except WriteRefused:
        await write_checked(files, path, empty)


async def write_checked(files: RemoteFiles, path: str, content: bytes) -> None:
    """Write, and read back. Raises `NotAsWritten`."""
    await files.write(path, content)
    if await files.read(path) != content:
        raise NotAsWritten(path)


async def _swapped(files: RemoteFiles, path: str, temporary: str, old: bytes) -> bool:
    """Whether the server let the old file be renamed away; the old one comes back if the new one cannot follow."""
    backup = backup_path(path)
    try:
        with suppress(NotThere):
            await files.delete(backup)
        await files.replace(path, backup)
    except WriteRefused:
        return False
    if await files.read(backup) != old:
        await files.replace(backup, path)
        raise EditedMeanwhile
    try:
        await files.replace(temporary, path)
    except WriteRefused:
        await files.replace(backup, path)
        raise
    return True


async def _held(files: RemoteFiles, path: str) -> bytes | None:
    try:
        return await files.read(path)
    except NotThere:  # a rename that was refused has taken it away
        return None


async def _taken_back(files: RemoteFiles, path: str, old: bytes | None) -> None:
    if old is not None:
        await write_checked(files, path, old)
        return
    with suppress(RemoteFileError):
        await files.delete(path)
