"""Hosts that break off, say what is not so, or list in their own way: nothing is taken for what it is not."""

import asyncio
import errno
import os
import socket
import stat
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from banstream_remote_files import ftp
from banstream_remote_files.errors import CutOff, NoSpace, NotThere, ReadRefused, RemoteFileError
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.ftp_replies import entries_of_list
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import Entry
from banstream_remote_files.testing.ftp_server import FtpServer
from banstream_remote_files.testing.kinds import Kind, ftp_place

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

CONTENT = b"0123456789abcdef" * 10_000


@pytest.mark.parametrize(("code", "error"), [("426", CutOff), ("451", ReadRefused), ("550", ReadRefused)])
async def test_a_transfer_that_the_server_gives_up_is_no_whole_file(
    plain_ftp: FtpServer, code: str, error: type[RemoteFileError]
) -> None:
    (plain_ftp.root / "ban.txt").write_bytes(CONTENT)
    plain_ftp.faults.sends_at_most = 70_000
    plain_ftp.faults.wordings["226"] = f"{code} Transfer aborted."
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(error):
            await files.read("ban.txt")
        with pytest.raises(CutOff if error is CutOff else ReadRefused, match="earlier" if error is CutOff else code):
            await files.read("ban.txt")


async def test_what_the_server_did_not_take_is_not_stored_though_it_says_so() -> None:
    """It breaks the data connection off in the middle, and calls the transfer complete."""
    async with _data_breaking_server() as port:
        place = FtpPlace("127.0.0.1", "u", "p", port, Tls.NONE, timeout_seconds=10)
        async with ftp_files(place) as files:
            with pytest.raises(CutOff):
                await files.write("ban.txt", CONTENT * 400)


@asynccontextmanager
async def _data_breaking_server() -> AsyncIterator[int]:
    broken = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        broken.set()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as data:
        answers = {
            b"USER": "230 welcome",
            b"EPSV": f"229 extended (|||{data.sockets[0].getsockname()[1]}|)",
            b"STOR": "150 go on",
        }

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 hello\r\n")
            while line := await reader.readline():
                writer.write(answers.get(line[:4], "200 so be it").encode() + b"\r\n")
                if line.startswith(b"STOR"):
                    await broken.wait()
                    writer.write(b"226 Transfer complete\r\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as control:
            yield control.sockets[0].getsockname()[1]


async def test_a_size_is_asked_for_in_bytes(plain_ftp: FtpServer) -> None:
    """In text mode a server may count line ends otherwise."""
    (plain_ftp.root / "ban.txt").write_bytes(b"one\n")
    async with ftp_files(ftp_place(plain_ftp)) as files:
        assert await files.size("ban.txt") == 4
    assert plain_ftp.commands[-3:-1] == ["TYPE I", "SIZE ban.txt"]


async def test_a_name_in_other_letters_is_no_proof_that_a_file_is_not_there(plain_ftp: FtpServer) -> None:
    """To Windows it is the same file, which the game may have open."""
    (plain_ftp.root / "Ban.txt").write_bytes(b"one\n")
    plain_ftp.faults.replies["RETR"] = "550 The process cannot access the file"
    async with ftp_files(ftp_place(plain_ftp)) as files:
        for act in (files.read, files.size):
            with pytest.raises(ReadRefused, match=r"there is Ban\.txt"):
                await act("ban.TXT")
        with pytest.raises(NotThere):
            await files.read("bans.txt")


@pytest.mark.parametrize(("offset", "is_end"), [(2, False), (3, True), (4, True)])
async def test_a_server_that_refuses_to_begin_at_the_end_of_a_file_has_nothing_new(
    plain_ftp: FtpServer, offset: int, *, is_end: bool
) -> None:
    (plain_ftp.root / "log.ADM").write_bytes(b"one")
    plain_ftp.faults.replies["RETR"] = "554 Invalid REST parameter"
    async with ftp_files(ftp_place(plain_ftp)) as files:
        if is_end:
            assert await files.read_from("log.ADM", offset, 10) == b""
        else:
            with pytest.raises(ReadRefused, match="REST"):
                await files.read_from("log.ADM", offset, 10)


async def test_a_listing_without_end_proves_nothing(plain_ftp: FtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ftp, "_MAX_LISTING_BYTES", 300)
    for number in range(50):
        (plain_ftp.root / f"{number}.ADM").touch()
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(CutOff, match="cannot be read"):
            await files.read("ban.txt")


@pytest.mark.parametrize("total", ["total 12", "insgesamt 12", "总用量 12", "razem 4,0K", "Gesamt: 12"])
@pytest.mark.parametrize("day", ["Nov 22", "22. Nov", "nov. 22", "11月 22", "11월 22", "ноя 22"])
def test_a_listing_in_another_language_is_read(total: str, day: str) -> None:
    lines = [f"-rw-r--r-- 1 1000 1000 {size} {day} 09:00 {name}" for size, name in ((12, "22 a.txt"), (1234, "b"))]
    expected = [Entry("22 a.txt", size=12), Entry("b", size=1234)]
    assert entries_of_list([each.encode() for each in (total, *lines)], "utf-8") == expected
    assert entries_of_list([each.encode() for each in lines], "utf-8") == expected
    with pytest.raises(ValueError, match="listing"):
        entries_of_list([each.encode() for each in (*lines, total)], "utf-8")


@pytest.mark.parametrize("text", ["error 5", "errno: 13", "Fehler 550"])
def test_a_word_and_a_number_in_place_of_a_listing_prove_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="listing"):
        entries_of_list([text.encode()], "utf-8")
    assert entries_of_list([b"insgesamt 0"], "utf-8") == entries_of_list([b"total 8"], "utf-8") == []


@pytest.mark.parametrize("day", ["11 月 22", "11月22日", "2026年11月22日", "11 월 22"])
def test_a_date_in_no_known_form_is_not_taken_for_a_size(day: str) -> None:
    with pytest.raises(ValueError, match="listing"):
        entries_of_list([f"-rw-r--r-- 1 0 0 12 {day} 09:00 ban.txt".encode()], "utf-8")


async def test_the_size_of_a_link_is_not_told_for_that_of_its_file(server_kind: Kind) -> None:
    (server_kind.root / "log.ADM").write_bytes(b"0123456789")
    (server_kind.root / "latest.ADM").symlink_to("log.ADM")
    async with server_kind.connect() as files:
        link, file = await files.entries(".")
        assert (link.name, file.name) == ("latest.ADM", "log.ADM")
        assert link.size in {None, 10}
        assert file.size == 10
        assert await files.read("latest.ADM") == b"0123456789"


async def test_what_is_written_is_on_the_disk_before_it_takes_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    forced, renamed = os.fsync, Path.replace

    def fsync(number: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "content")
        forced(number)

    def rename(path: Path, target: Path) -> Any:
        done.append("rename")
        return renamed(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    async with local_files(tmp_path) as files:
        await files.write("new", b"x")
        await files.replace("new", "ban.txt")
    assert done == ["content", "rename", "folder"]


async def test_a_disk_that_is_full_only_when_the_content_is_forced_to_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    async with local_files(tmp_path) as files:
        with pytest.raises(NoSpace):
            await files.write("ban.txt", b"x")
