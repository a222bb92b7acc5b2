"""Ties a program's life to ours: run as a script, it asks Linux for a signal at our death, then becomes the program.

A script of its own, because code between fork and exec must not run in a program that has threads.
It imports nothing of the project: it starts with an empty path, in about ten milliseconds.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_EXECUTE = 127


def tethered(argv: tuple[str, ...], death_signal: signal.Signals) -> tuple[str, ...]:
    """The command that runs argv and signals it when this process ends in any way; argv itself off Linux."""
    if sys.platform != "linux":
        return argv
    return (sys.executable, "-I", "-S", __file__, str(int(death_signal)), str(os.getpid()), *argv)


def main(arguments: list[str]) -> int:
    """Become the program; returns only when that fails."""
    death_signal, parent, argv = int(arguments[0]), int(arguments[1]), arguments[2:]
    _ask_for(death_signal)
    if os.getppid() != parent:  # it died before we had asked
        return CANNOT_EXECUTE
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - no shell wanted
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be run: {error.strerror}\n")
    return CANNOT_EXECUTE


def _ask_for(death_signal: int) -> None:
    import ctypes  # noqa: PLC0415 - the supervisor imports this module too and has no use for it

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
