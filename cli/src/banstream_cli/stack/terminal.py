"""What the operator sees: one line after another, each with the name of the service that wrote it."""

import os
import queue
import threading

from banstream_cli.terminal.standard_streams import tell

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
NAME_WIDTH = 11
STACK = "stack"
WAITING_LINES = 20_000
_END = None


class Terminal:
    """Writes lines to a file descriptor from a thread of its own.

    A reader that has stopped reading (a pager, a full pipe) must not hold up the supervision:
    then lines wait, and beyond a bound they are dropped.
    """

    def __init__(self, descriptor: int = 1, *, colour: bool | None = None) -> None:
        self._descriptor = descriptor
        wanted = os.isatty(descriptor) and not os.environ.get("NO_COLOR")
        self._colour = wanted if colour is None else colour
        self._names: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._writer = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._writer.start()

    def line(self, name: str, text: str) -> None:
        """A line of a service."""
        self.plain(f"{self._prefix(name)} | {text}")

    def tell(self, text: str) -> None:
        """A line of the stack itself."""
        self.line(STACK, text)

    def plain(self, text: str) -> None:
        """A line for scripts and for copying, without a prefix."""
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            return

    def close(self, timeout_seconds: float = 1.0) -> None:
        """Let the waiting lines out, if anybody reads them."""
        try:
            self._lines.put_nowait(_END)
        except queue.Full:
            return
        self._writer.join(timeout_seconds)

    def _prefix(self, name: str) -> str:
        padded = name.ljust(NAME_WIDTH)
        if not self._colour:
            return padded
        if name not in self._names:
            self._names.append(name)
        return f"\x1b[{COLOURS[self._names.index(name) % len(COLOURS)]}m{padded}\x1b[0m"

    def _write(self) -> None:
        while (text := self._lines.get()) is not _END:
            try:
                _write_all(self._descriptor, text.encode(errors="replace") + b"\n")
            except OSError:  # nobody reads any more; the services go on
                continue


def _write_all(descriptor: int, content: bytes) -> None:
    """Past Python's buffers: a thread stuck in one would crash the interpreter's own end."""
    while content:
        content = content[os.write(descriptor, content) :]


def complain(text: str) -> None:
    """The one line on stderr before giving up."""
    tell(f"banstream: {' '.join(text.split())}")
