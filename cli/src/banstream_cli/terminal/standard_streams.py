"""stdin, stdout and stderr as the caller left them: closed, in an encoding without ☃, or with nobody who reads."""

import os
import sys
from io import TextIOWrapper
from typing import TextIO


def open_what_is_closed() -> None:
    """Where the caller closed a stream (`>&-`), Python has None: stdin is at its end, stdout refuses, stderr is lost.

    In the order of the descriptors, since opening takes the lowest that is free.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(_null(0, os.O_RDONLY), "r")
    if sys.stdout is None:
        sys.stdout = os.fdopen(_null(1, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(_null(2, os.O_WRONLY), "w")


def survive_any_encoding() -> None:
    """A terminal that has no ☃ gets an escape, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(line: str) -> None:
    """A line on stderr; who does not read it changes nothing."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        write_nowhere(sys.stderr)


def write_nowhere(stream: TextIO) -> None:
    """What is left in the buffer would be a traceback at the very end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _null(descriptor: int, flags: int) -> int:
    opened = os.open(os.devnull, flags)
    if opened != descriptor:
        os.dup2(opened, descriptor)
        os.close(opened)
    return descriptor
