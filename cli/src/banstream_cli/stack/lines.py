"""Bytes of any kind to lines of bounded length."""

from collections.abc import Iterator

LONGEST_LINE = 16_384


class LineSplitter:
    """Cuts a stream of bytes at line ends, and longer runs at LONGEST_LINE bytes."""

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The lines which this chunk completes."""
        *complete, self._unfinished = (self._unfinished + chunk).split(b"\n")
        for line in complete:
            yield from _pieces(line)
        while len(self._unfinished) > LONGEST_LINE:
            yield _text(self._unfinished[:LONGEST_LINE])
            self._unfinished = self._unfinished[LONGEST_LINE:]

    def rest(self) -> Iterator[str]:
        """What came after the last line end."""
        if self._unfinished:
            yield from _pieces(self._unfinished)
            self._unfinished = b""


def _pieces(line: bytes) -> Iterator[str]:
    for start in range(0, max(len(line), 1), LONGEST_LINE):
        yield _text(line[start : start + LONGEST_LINE])


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r")
