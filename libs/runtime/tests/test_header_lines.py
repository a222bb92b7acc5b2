"""Header lines are written and read as the client library does it, whatever they hold."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nats.aio.client import Client
from nats.errors import BadHeaderError, BadSubjectError

from banstream_runtime.header_lines import HeaderLinesClient

EVENT = {
    "ce-id": "0197c0de-0000-7000-8000-000000000001",
    "ce-subject": "player:roblox:1",
    "content-type": "application/json",
    "Nats-Expected-Last-Sequence": "41",
}
texts = st.text(st.sampled_from("ab:-%ü\u2028\x0b\x1c \t\r\n\0"), max_size=6)
names = st.one_of(st.sampled_from([*EVENT, "Nats-Msg-Id", " a ", ""]), texts)
lines = st.lists(
    st.sampled_from([b"a", b"ce-id", b":", b": ", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\xff", "ü".encode(), b"x y"]),
    max_size=12,
).map(b"".join)


def written(client: Client, subject: str, headers: dict[str, str] | None) -> bytes | type[Exception]:
    """What goes out for a message, or the error in its place."""
    try:
        asyncio.run(client._send_publish(subject, "_INBOX.a.1", b"{}", 2, headers))  # noqa: SLF001 - what is compared
    except (BadHeaderError, BadSubjectError) as error:
        return type(error)
    assert client.stats["out_msgs"] == 1
    return b"".join(client._pending)  # noqa: SLF001 - as above


def read(client: Client, raw: bytes) -> dict[str, str]:
    """What a message's header lines are to whoever gets it."""
    return client._parse_header_lines(raw)  # noqa: SLF001 - as above


@given(st.dictionaries(names, texts, max_size=4))
@example(EVENT)
@example({})
@example({"a": "1\r\nb: 2"})
@example({"a b": "1"})
@example({"a": " 1\t"})
def test_what_is_written_is_what_the_library_writes(headers: dict[str, str]) -> None:
    assert written(HeaderLinesClient(), "a.b", headers) == written(Client(), "a.b", headers)


@pytest.mark.parametrize("subject", ["a.b", ""], ids=["somewhere", "nowhere"])
@pytest.mark.parametrize("headers", [None, {}, EVENT], ids=["without", "empty", "event"])
def test_a_subject_and_no_headers_are_the_librarys_too(subject: str, headers: dict[str, str] | None) -> None:
    assert written(HeaderLinesClient(), subject, headers) == written(Client(), subject, headers)


@given(lines, st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]))
@example(b"ce-id: 1\r\nce-type:  b \r\nce-id: 2", b"\r\n\r\n")
@example("ce-subject: ü\r\na: \u2028".encode(), b"\r\n\r\n")
def test_what_is_read_is_what_the_library_reads(raw: bytes, end: bytes) -> None:
    assert read(HeaderLinesClient(), raw + end) == read(Client(), raw + end)
