"""Whether a server may use what is in its folder: said before it starts, since it says so in words of its own."""

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from banstream_cli.stack.errors import StackError, user_name
from banstream_cli.stack.unprivileged import Account

_MOST_LOOKED_AT = 10_000
"""Paths of one folder: a start does not take longer the more there are. An empty Postgres has 1,600."""


def check_folder(folder: Path, server: str, account: Account | None = None) -> None:
    """Raise a StackError that names the first path in the folder which the server cannot write, and what to do.

    The server runs as the account, or as ourselves where it is None. In a folder that holds very much, what lies
    deepest is left to what the server says itself.
    """
    check_usable(islice(_all_in(folder), _MOST_LOOKED_AT), folder, server, account)


def check_usable(paths: Iterable[Path], folder: Path, server: str, account: Account | None = None) -> None:
    """The same of these paths, which are the folder or in it; what is gone meanwhile is no trouble."""
    closed = next((path for path in paths if not _may_use(path, account)), None)
    if closed is None:
        return
    user = user_name(account.uid if account else os.geteuid())
    about = closed.lstat()
    owner = user_name(about.st_uid)
    if owner == user:
        why, remedy = f"its mode is {stat.S_IMODE(about.st_mode):03o}", f"chmod -R u+rwX {folder}"
    else:
        why, remedy = f"it belongs to {owner}", f"let root give all of it to {user}: chown -R {user} {folder}"
    raise StackError(f"{server}, which runs as {user}, cannot use {closed}: {why}; {remedy}")


def _all_in(folder: Path) -> Iterator[Path]:
    """The folder and what is in it, what lies deepest last: who cannot look into a folder is told of that one."""
    waiting = deque([folder])
    while waiting:
        path = waiting.popleft()
        yield path
        if len(waiting) < _MOST_LOOKED_AT and path.is_dir() and not path.is_symlink():
            with os.scandir(path) as entries:
                waiting.extend(sorted(Path(entry.path) for entry in entries))


def _may_use(path: Path, account: Account | None) -> bool:
    try:
        about = path.stat()
    except FileNotFoundError:  # gone meanwhile, or a link to nothing
        return True
    wanted = os.R_OK | os.W_OK | (os.X_OK if stat.S_ISDIR(about.st_mode) else 0)
    if account is None:
        return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)
    shift = 6 if about.st_uid == account.uid else 3 if about.st_gid == account.gid else 0
    return about.st_mode >> shift & wanted == wanted
