"""Listings as servers write them, and servers whose words are in another encoding."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from banstream_remote_files.errors import CutOff, NoSpace, ReadRefused, RemoteFileError, WriteRefused
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.ftp_replies import entry_of_list, entry_of_mlsd, error_of_read, error_of_write, spoken
from banstream_remote_files.ports import Entry
from banstream_remote_files.testing.ftp_server import FtpServer
from banstream_remote_files.testing.kinds import ftp_place

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

_LINES = [
    ("iis", b"02-25-09  07:35PM                 1234 my bans.txt", Entry("my bans.txt", size=1234)),
    ("iis-folder", b"02-25-2009  07:35PM       <DIR>          config", Entry("config", is_folder=True)),
    ("windows-24h", b"11/22/2026  19:35          1,234,567 a.ADM", Entry("a.ADM", size=1_234_567)),
    ("unix", b"-rw-r--r--   1 owner group  1234 Nov 22 09:00 my bans.txt", Entry("my bans.txt", size=1234)),
    ("unix-year", b"-rw-r--r--   1 1000  1000     0 Nov  2  2025 ban.txt", Entry("ban.txt", size=0)),
    ("unix-day-first", b"-rw-r--r-- 1 0 0 12 22 Nov 09:00 ban.txt", Entry("ban.txt", size=12)),
    ("unix-iso", b"-rw-r--r-- 1 0 0 12 2026-11-22 09:00 ban.txt", Entry("ban.txt", size=12)),
    ("unix-acl", b"-rw-r-Sr-T+  1 owner Domain Users 12 Nov 22 09:00 ban.txt", Entry("ban.txt", size=12)),
    ("unix-no-group", b"-rw-rw-rw-   1 user 1234 Nov 22 09:00 ban.txt", Entry("ban.txt", size=1234)),
    ("unix-folder", b"drwxrwsr-x 2 owner group 4096 Nov 22 09:00 12 Nov 2025", Entry("12 Nov 2025", is_folder=True)),
    ("unix-link", b"lrwxrwxrwx 1 owner group 9 Nov 22 09:00 ban.txt -> /srv/bans", Entry("ban.txt")),
    ("unix-latin-1", b"-rw-r--r-- 1 o g 12 Nov 22 09:00 B\xe4nne.txt", Entry("B\udce4nne.txt", size=12)),
]


@pytest.mark.parametrize(("line", "entry"), [each[1:] for each in _LINES], ids=[each[0] for each in _LINES])
def test_a_line_of_a_list_is_read_as_any_server_writes_it(line: bytes, entry: Entry) -> None:
    assert entry_of_list(line, "utf-8") == entry


@pytest.mark.parametrize(
    ("code", "reading", "writing"),
    [
        ("421", CutOff, CutOff),
        ("425", CutOff, CutOff),
        ("426", CutOff, CutOff),
        ("450", ReadRefused, WriteRefused),
        ("452", ReadRefused, NoSpace),
        ("550", ReadRefused, WriteRefused),
        ("552", ReadRefused, NoSpace),
    ],
)
def test_a_transfer_that_the_server_breaks_off_is_no_refusal(
    code: str, reading: type[RemoteFileError], writing: type[RemoteFileError]
) -> None:
    """Whether it took effect is not known; what was refused has certainly changed nothing."""
    assert error_of_read(code) is reading
    assert error_of_write(code, "") is writing


def test_a_full_disk_is_told_from_a_refusal_by_its_words_too() -> None:
    assert error_of_write("550", "Write failed: Disk full or quota exceeded") is NoSpace
    assert error_of_write("426", "Insufficient storage space") is NoSpace


def test_the_words_of_a_server_are_one_short_line_without_the_password() -> None:
    told = spoken("530", [" Login hunter2\r\n refused\x1b[31m", "x" * 500], "hunter2")
    assert told.startswith("530 Login ***   refused [31m ")
    assert len(told) == 200


@pytest.mark.parametrize("line", [b"ban.txt", b"", b"-rw-r--r-- ban.txt"], ids=["name", "empty", "no-size"])
def test_a_line_that_is_not_understood_hides_no_file(line: bytes) -> None:
    """Only a listing that was read to its last line proves that a file is not there."""
    with pytest.raises(ValueError, match="listing"):
        entry_of_list(line, "utf-8")


def test_facts_of_a_file_are_taken_as_far_as_they_are_true() -> None:
    line = b"Type=file;Size=12;Modify=20261122090000.123;UNIX.owner=a=b; my ban;1.txt\r"
    modified_at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert entry_of_mlsd(line, "utf-8") == Entry("my ban;1.txt", size=12, modified_at=modified_at)
    assert entry_of_mlsd(b"type=file;size=1;modify=00000000000000; a", "utf-8") == Entry("a", size=1)


@pytest.mark.parametrize("refused", [set(), {"MLSD", "SIZE"}], ids=["mlsd", "list"])
async def test_a_name_in_another_encoding_hides_no_other_file(plain_ftp: FtpServer, refused: set[str]) -> None:
    (plain_ftp.root / "ban.txt").write_bytes(b"old")
    (Path(plain_ftp.root) / "Regeln f\udcfcr Spieler.txt").write_bytes(b"x")
    plain_ftp.faults.refused_commands |= refused
    async with ftp_files(ftp_place(plain_ftp)) as files:
        assert (await files.entries("."))[-1].name == "ban.txt"
        assert await files.size("ban.txt") == 3


async def test_a_greeting_in_another_encoding_is_no_reason_to_break_off() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("220 Bem-vindo ao serviço\r\n".encode("latin-1"))
        answers = {b"USER": "331 Senha, por favor: não há anônimos\r\n", b"PASS": "230 Olá\r\n", b"SIZE": "213 3\r\n"}
        while line := await reader.readline():
            writer.write(answers.get(line.split()[0], "200 então\r\n").encode("latin-1"))
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with ftp_files(FtpPlace("127.0.0.1", "u", "p", port, Tls.NONE, timeout_seconds=5)) as files:
            assert await files.size("ban.txt") == 3
