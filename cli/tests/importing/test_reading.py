import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from banstream_cli.importing import json_reading, reading
from banstream_cli.importing.converting import DAMAGED, Entry, converted
from banstream_cli.importing.json_reading import documents, list_elements, member_elements, object_lines
from banstream_cli.importing.reading import Line, lines, seekable
from banstream_cli.importing.rows import Rejected, Row, Unreadable, rejected


def texts(content: bytes) -> list[str]:
    return [line.text for line in lines(io.BytesIO(content))]


@pytest.mark.parametrize(
    "content",
    [
        b"one\ntwo\n",
        b"one\r\ntwo\r\n",
        b"one\rtwo",
        b"\xef\xbb\xbfone\ntwo",
        "one\ntwo\n".encode("utf-16"),
        b"\xfe\xff" + "one\r\ntwo".encode("utf-16-be"),
    ],
    ids=["unix", "windows", "old-mac", "mark", "powershell", "big-endian"],
)
def test_lines_are_the_same_however_they_were_written(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(content)
    assert texts(content) == [line.text for line in lines(path)] == ["one", "two"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert texts(b"one\xff\xfe\ntwo") == ["one\ufffd\ufffd", "two"]
    assert texts(b"") == []


def test_a_line_without_end_is_cut_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 4)
    found = list(lines(io.BytesIO(b"abc\nabcdefghij\nxy\n")))
    assert found == [Line(1, "abc"), Line(2, "abcd", is_whole=False), Line(3, "xy")]


def test_a_stream_stays_open_and_a_missing_file_is_told_of(tmp_path: Path) -> None:
    stream = io.BytesIO(b"one")
    assert list(lines(stream))
    assert not stream.closed
    for missing in (tmp_path / "none", tmp_path, Path("a\0b")):
        with pytest.raises(Unreadable, match="cannot be read"):
            list(lines(missing))


def test_a_pipe_can_be_read_from_any_place() -> None:
    outlet, inlet = os.pipe()

    def write() -> None:
        with os.fdopen(inlet, "wb") as pipe:
            pipe.write(b"x" * 200_000 + b"end")

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(outlet, "rb") as pipe, seekable(pipe) as file:
        file.seek(-3, io.SEEK_END)
        assert file.read() == b"end"
    writer.join()


def elements(content: bytes) -> list[Entry | Rejected]:
    return list(list_elements(io.BytesIO(content), "list"))


def test_a_list_is_read_in_chunks_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'[ {"a": [1, "\\u00e4]"]}\n, 12345 ,-1.5e3, "x", null, [], true ]'
    for size in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(json_reading, "_CHUNK", size)
        found = elements(content)
        assert [each.value for each in found if isinstance(each, Entry)] == [
            *({"a": [1, "ä]"]}, 12345, -1500.0, "x", None, [], True),
        ]
        assert isinstance(found[1], Entry)
        assert (found[1].place, found[1].raw) == ("[1]", "12345")


def test_a_long_list_is_not_held_as_a_whole() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"["
        for number in range(300_000):
            yield b'{"name": "somebody with a name", "n": %d},' % number
        yield b"{}]"

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.left, self.given = chunks(), 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # what a buffer is
            chunk = next(self.left, b"")
            buffer[: len(chunk)] = chunk
            self.given += len(chunk)
            return len(chunk)

    stream = Endless()
    found = list_elements(io.BufferedReader(stream), "list")
    next(found)
    assert stream.given < 1_000_000
    assert sum(1 for _ in found) == 300_000


def test_a_list_that_breaks_off_gives_what_stands_before() -> None:
    found = elements(b'[{"a": 1}, {"a": 2}, {"a": ')
    assert [each.value for each in found if isinstance(each, Entry)] == [{"a": 1}, {"a": 2}]
    assert isinstance(found[-1], Rejected)
    assert found[-1].place == "after [1]"
    assert "what follows is not read" in found[-1].why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "that is a JSON list"),
        (b'{"a": 1}', "that is a JSON list"),
        (b"\x1f\x8b\x08rubbish", "that is a JSON list"),
        (b"[\0\0\0", "NUL bytes"),
        (b"[" * 100_000, "nested too deep"),
        (b"[nothing]", "no JSON"),
        (b"[", "damaged"),
    ],
    ids=["empty", "object", "packed", "nul", "deep", "no-json", "only-begun"],
)
def test_what_is_no_list_is_refused_with_what_it_is(content: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        elements(content)


def test_huge_numbers_and_raw_control_characters_do_not_end_it() -> None:
    first, second = elements(b"[" + b"9" * 10_000 + b', "a\tb"]')
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert (first.value, second.value) == (float("inf"), "a\tb")


def test_one_list_of_an_object_is_taken_wherever_it_stands() -> None:
    content = b'{"players": [{"x": [1]}, 2], "version": 5, "actions": [{"id": 1}], "more": {"actions": [7]}}'
    found = list(member_elements(io.BytesIO(content), "actions", "database"))
    assert [(each.place, each.value) for each in found if isinstance(each, Entry)] == [
        ("version", 5),
        ("actions[0]", {"id": 1}),
    ]


def test_an_object_without_that_list_is_refused() -> None:
    for content in (b'{"players": []}', b"[]", b"{}"):
        with pytest.raises(Unreadable, match="this is no database"):
            list(member_elements(io.BytesIO(content), "actions", "database"))


def test_documents_follow_each_other_with_anything_between_them() -> None:
    found = list(documents(io.BytesIO(b'{"a": 1}\n[2]{"a": 3},\n\n{"a": 4}'), "pages"))
    assert [each.value for each in found if isinstance(each, Entry)] == [{"a": 1}, [2], {"a": 3}, {"a": 4}]


def test_a_broken_line_is_rejected_by_itself() -> None:
    content = b'{"a": 1}\n\n{"a":\n[1]\n' + b"[" * 100_000 + b'\n{"a": 2}\n'
    found = list(object_lines(io.BytesIO(content)))
    assert [each.value for each in found if isinstance(each, Entry)] == [{"a": 1}, {"a": 2}]
    assert [each.place for each in found if isinstance(each, Rejected)] == ["line 3", "line 4", "line 5"]


def test_rows_keep_their_order_and_none_ends_the_others() -> None:
    def convert(entry: Entry) -> list[Row | Rejected]:
        if entry.value == "bad":
            raise ValueError("it is bad")
        return [Row(key=entry.value, punishments=())] if entry.value else []

    entries = [Entry(f"line {number}", value, value) for number, value in enumerate(["a", "bad", "", "a", "b\ufffd"])]
    first, bad, twice, damaged = converted([*entries[:1], *entries[1:]], convert)
    assert first == Row(key="a", punishments=())
    assert bad == Rejected("line 1", "it is bad", "bad")
    assert twice == Rejected("line 3", "a stands in line 0 already: take one of them out", "a", "a")
    assert damaged == Row(key="b\ufffd", punishments=(), note=DAMAGED)


def test_what_stood_there_is_cut() -> None:
    assert len(rejected("line 1", "why", "x" * 9999).raw) == 500
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert rejected("line 1", "why", deep).raw == "(nested too deep to be shown)"
