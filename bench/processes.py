"""What processes cost, out of proc(5)."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

MEGABYTE = 1_000_000
_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far, and of those it started that have ended (fields 14 to 17)."""
    return sum(map(int, _fields(pid)[11:15])) / _TICKS


def resident_bytes(pid: int) -> int:
    """What of a process is in memory."""
    return _kilobytes(_PROC / str(pid) / "status", "VmRSS:")


def proportional_bytes(pid: int) -> int:
    """The same, with pages that several share divided among them: these add up, as those of Postgres have to."""
    return _kilobytes(_PROC / str(pid) / "smaps_rollup", "Pss:")


def written_bytes(pid: int) -> int:
    """The same without what is in files: a share of a library grows whenever another process that has it ends."""
    rollup = _PROC / str(pid) / "smaps_rollup"
    return _kilobytes(rollup, "Pss_Anon:") + _kilobytes(rollup, "Pss_Shmem:")


def memory_of(pids: Iterable[int], bytes_of: Callable[[int], int] = proportional_bytes) -> dict[int, int]:
    """Of those that are still there."""
    found = {}
    for pid in pids:
        try:
            found[pid] = bytes_of(pid)
        except (OSError, LookupError):
            continue
    return found


def with_descendants(pids: Iterable[int]) -> list[int]:
    """Processes and all that they have started, as of now."""
    children = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            try:
                children[int(_fields(int(entry.name))[1])].append(int(entry.name))
            except OSError:
                continue  # it has ended meanwhile
    found, left = [], list(pids)
    while left:
        pid = left.pop()
        found.append(pid)
        left += children[pid]
    return sorted(set(found))


def name_of(pid: int) -> str:
    """The words of a command line that tell processes apart."""
    words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    return " ".join(words[1:4] if "python" in words[0] else words[:1]).strip()


def _fields(pid: int) -> list[str]:
    """Those behind the name: state first, then the parent."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _kilobytes(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no {name} in {file}")
