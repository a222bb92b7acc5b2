import pytest

from banstream_cli.stack.lines import LONGEST_LINE, LineSplitter


def split(*chunks: bytes) -> list[str]:
    splitter = LineSplitter()
    return [line for chunk in chunks for line in splitter.feed(chunk)] + list(splitter.rest())


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((b"a\nb\n",), ["a", "b"]),
        ((b"a", b"b\nc"), ["ab", "c"]),
        ((b"\n\n",), ["", ""]),
        ((b"a\r\n",), ["a"]),
        ((), []),
        (("ж".encode()[:1], "ж".encode()[1:] + b"\n"), ["ж"]),
        ((b"\xff\xfe\n",), ["\N{REPLACEMENT CHARACTER}" * 2]),
    ],
)
def test_lines_are_cut_wherever_the_chunks_are(chunks: tuple[bytes, ...], lines: list[str]) -> None:
    assert split(*chunks) == lines


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("size", [1000, 100_000])
def test_a_very_long_line_comes_in_pieces_and_whole(size: int, end: bytes) -> None:
    line = b"x" * (5 * LONGEST_LINE + 1) + end
    lines = split(*(line[start : start + size] for start in range(0, len(line), size)))
    assert max(map(len, lines)) == LONGEST_LINE
    assert sum(map(len, lines)) == 5 * LONGEST_LINE + 1
