"""Running Postgres, which refuses root, as another user when we are root."""

import os
import shutil
import signal
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from banstream_cli.stack.errors import StackError

NOBODY = 65534
CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}
"""Either lets a user through closed folders; the first, which gives less, is not in every container."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group of a child."""

    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """None to stay who we are; for root the owner of the folder, or nobody when root owns it or it is missing."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return Account(NOBODY, NOBODY)


def run_as(account: Account | None, death_signal: signal.Signals, needs: tuple[Path, ...]) -> tuple[str, ...]:
    """What to put before a command so that it runs as the account; nothing when we stay who we are.

    A clone in /root is closed to the account. Opening parent folders is not ours to do, so the command keeps
    one capability instead, and only if one of the paths it needs is closed. access(2) drops capabilities of
    other users than root unless no_setuid_fixup is set, and Postgres looks for itself with access(2).
    A change of user clears the signal at our death: it is asked for once more, after the change.
    """
    if account is None:
        return ()
    if sys.platform != "linux" or not (setpriv := shutil.which("setpriv")):
        raise StackError("Postgres does not run as root, and setpriv (util-linux) is missing; start as another user")
    user = (f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")
    return (setpriv, *user, *_passage(account, needs), f"--pdeathsig={death_signal.name[3:]}", "--")


def _passage(account: Account, needs: tuple[Path, ...]) -> tuple[str, ...]:
    closed = [path for path in needs if not may_reach(account, path)]
    if not closed:
        return ()
    held = _held_capabilities()
    for name, bit in CAPABILITIES.items():
        if held >> bit & 1:
            return (f"--inh-caps=+{name}", f"--ambient-caps=+{name}", "--securebits=+no_setuid_fixup")
    raise StackError(f"Postgres does not run as root, and user {account.uid} cannot reach {closed[0]}; move it")


def may_reach(account: Account, path: Path) -> bool:
    """True when mode bits let the account through every parent, and read the path itself."""
    through = all(_grants(account, parent, stat.S_IXOTH) for parent in path.parents)
    return through and _grants(account, path, stat.S_IXOTH | stat.S_IROTH)


def _grants(account: Account, path: Path, wanted: int) -> bool:
    """The kernel looks at the first class that fits: owner, group, others."""
    about = path.stat()
    shift = 6 if about.st_uid == account.uid else 3 if about.st_gid == account.gid else 0
    return about.st_mode >> shift & wanted == wanted


def _held_capabilities() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("CapBnd:"))
