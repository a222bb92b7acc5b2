"""A command that is told to end leaves no half of a file, as at Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_TOLD = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_tidily() -> Iterator[None]:
    """The first of these signals unwinds what runs, and then ends the process as it would have; a second one at once.

    It does what Ctrl-C does, which asyncio turns into the end of its task: an exception out of nowhere, raised while
    a driver reads an answer, is lost there or leaves it in pieces. What was ignored stays so (nohup).
    """
    told: list[int] = []

    def unwind(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.append(number)
        interrupt = signal.getsignal(signal.SIGINT)
        if not callable(interrupt):
            raise SystemExit(128 + number)
        interrupt(signal.SIGINT, frame)

    for number in _TOLD:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, unwind)
    try:
        yield
    finally:
        if told:
            os.kill(os.getpid(), told[0])
