"""What an FTP server can do to a transfer, and which error that is."""

import asyncio
import socket
from pathlib import Path

import pytest

from banstream_remote_files.errors import (
    CutOff,
    LoginRefused,
    NoSpace,
    NotThere,
    NotTrusted,
    ReadRefused,
    RemoteFileError,
    Unreachable,
    WriteRefused,
)
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.local import local_files
from banstream_remote_files.testing.ftp_server import PASSWORD, READ_RIGHTS, USER, FtpServer, ftp_server
from banstream_remote_files.testing.kinds import ftp_place

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

CONTENT = b"0123456789abcdef" * 10_000


@pytest.mark.parametrize("secret", ["wrong", "", "p\u00e4ss word"])
async def test_a_wrong_password_is_refused_and_never_repeated(plain_ftp: FtpServer, secret: str) -> None:
    place = FtpPlace("127.0.0.1", USER, secret, plain_ftp.port, Tls.NONE)
    with pytest.raises(LoginRefused) as told:
        async with ftp_files(place):
            raise AssertionError("logged in")
    assert not secret or secret not in str(told.value)
    assert secret == "" or secret not in repr(place)


async def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        place = FtpPlace("127.0.0.1", USER, PASSWORD, held.getsockname()[1], timeout_seconds=5)
        with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
            async with ftp_files(place):
                raise AssertionError("connected")


@pytest.mark.parametrize("tls", list(Tls))
async def test_a_silent_server_is_given_up(tls: Tls) -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        place = FtpPlace("127.0.0.1", USER, PASSWORD, port, tls, timeout_seconds=0.2)
        with pytest.raises(Unreachable):
            async with ftp_files(place):
                raise AssertionError("connected")


@pytest.mark.parametrize(
    "greeting", [b"", b"HTTP/1.1 400 no\r\n\r\n", b"\xff\xfe\r\n", b"421 too many\r\n", b"x\r\n" * 9]
)
async def test_what_is_no_ftp_server_is_unreachable(greeting: bytes) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as odd:
        place = FtpPlace("127.0.0.1", USER, PASSWORD, odd.sockets[0].getsockname()[1], Tls.NONE, timeout_seconds=5)
        with pytest.raises(Unreachable):
            async with ftp_files(place):
                raise AssertionError("connected")


async def test_a_certificate_nobody_vouches_for_is_not_trusted(server_root: Path, server_certificate: Path) -> None:
    for is_implicit in (False, True):
        with ftp_server(server_root, certificate=server_certificate, is_implicit=is_implicit) as server:
            tls = Tls.IMPLICIT if is_implicit else Tls.EXPLICIT
            with pytest.raises(NotTrusted):
                async with ftp_files(ftp_place(server, tls)):
                    raise AssertionError("connected")
            assert not any(command.startswith(("USER", "PASS")) for command in server.commands)


async def test_a_certificate_for_another_host_is_not_trusted(server_root: Path, server_certificate: Path) -> None:
    with ftp_server(server_root, certificate=server_certificate) as server:
        place = FtpPlace(
            "localhost", USER, PASSWORD, server.port, authorities=str(server_certificate), timeout_seconds=10
        )
        with pytest.raises(NotTrusted):
            async with ftp_files(place):
                raise AssertionError("connected")


async def test_checking_certificates_can_be_turned_off(server_root: Path, server_certificate: Path) -> None:
    with ftp_server(server_root, certificate=server_certificate) as server:
        place = FtpPlace("127.0.0.1", USER, PASSWORD, server.port, checks_certificate=False, timeout_seconds=10)
        async with ftp_files(place) as files:
            await files.write("a", b"x")
            assert await files.read("a") == b"x"


async def test_a_server_without_tls_gets_no_password(plain_ftp: FtpServer) -> None:
    with pytest.raises(NotTrusted, match="TLS"):
        async with ftp_files(ftp_place(plain_ftp, Tls.EXPLICIT)):
            raise AssertionError("connected")
    assert not any(command.startswith("PASS") for command in plain_ftp.commands)


@pytest.mark.parametrize("is_secure", [False, True])
async def test_a_full_quota_is_no_space(server_root: Path, server_certificate: Path, *, is_secure: bool) -> None:
    with ftp_server(server_root, certificate=server_certificate if is_secure else None) as server:
        server.faults.quota_bytes = 1000
        tls = Tls.EXPLICIT if is_secure else Tls.NONE
        async with ftp_files(ftp_place(server, tls, server_certificate if is_secure else None)) as files:
            with pytest.raises(NoSpace, match="552"):
                await files.write("ban.txt", CONTENT)
            await files.delete("ban.txt")
            server.faults.quota_bytes = None
            await files.write("ban.txt", CONTENT)
            assert await files.read("ban.txt") == CONTENT


@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("cut_after", [0, 1, 70_000, 159_999])
async def test_a_connection_lost_while_storing_is_cut_off(
    server_root: Path, server_certificate: Path, cut_after: int, *, is_secure: bool
) -> None:
    with ftp_server(server_root, certificate=server_certificate if is_secure else None) as server:
        server.faults.cut_stored_after = cut_after
        tls = Tls.EXPLICIT if is_secure else Tls.NONE
        async with ftp_files(ftp_place(server, tls, server_certificate if is_secure else None)) as files:
            with pytest.raises(CutOff, match=r"ban\.txt"):
                await files.write("ban.txt", CONTENT)
            with pytest.raises(CutOff, match="earlier"):
                await files.read("ban.txt")


@pytest.mark.parametrize("is_secure", [False, True])
@pytest.mark.parametrize("cut_after", [0, 1, 70_000, 159_000])
async def test_a_connection_lost_while_reading_is_cut_off(
    server_root: Path, server_certificate: Path, cut_after: int, *, is_secure: bool
) -> None:
    (server_root / "ban.txt").write_bytes(CONTENT)
    with ftp_server(server_root, certificate=server_certificate if is_secure else None) as server:
        tls = Tls.EXPLICIT if is_secure else Tls.NONE
        server.faults.cut_sent_after = cut_after
        async with ftp_files(ftp_place(server, tls, server_certificate if is_secure else None)) as files:
            with pytest.raises(CutOff, match=r"ban\.txt"):
                await files.read("ban.txt")


@pytest.mark.parametrize("command", ["TYPE", "EPSV", "STOR", "SIZE", "RETR", "RNFR", "RNTO", "DELE", "MLSD"])
@pytest.mark.parametrize("is_obeyed", [False, True])
async def test_a_connection_lost_at_any_command_is_cut_off(
    plain_ftp: FtpServer, command: str, *, is_obeyed: bool
) -> None:
    async with ftp_files(ftp_place(plain_ftp)) as files:
        if is_obeyed:
            plain_ftp.faults.cut_after_command = command
        else:
            plain_ftp.faults.cut_at_command = command
        with pytest.raises(CutOff):  # noqa: PT012  # whichever of them sends the command
            await files.write("a", b"x")
            await files.size("a")
            await files.read("a")
            await files.replace("a", "b")
            await files.delete("b")
            await files.entries(".")


async def test_a_read_only_account_cannot_write(server_root: Path) -> None:
    (server_root / "ban.txt").write_bytes(b"old")
    with ftp_server(server_root, rights=READ_RIGHTS) as server:
        async with ftp_files(ftp_place(server)) as files:
            with pytest.raises(WriteRefused):
                await files.write("ban.txt", b"new")
            with pytest.raises(WriteRefused):
                await files.replace("ban.txt", "other")
            with pytest.raises(WriteRefused):
                await files.delete("ban.txt")
            assert await files.read("ban.txt") == b"old"


async def test_a_server_may_refuse_to_rename_onto_a_file(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.renames_onto_files = False
    async with ftp_files(ftp_place(plain_ftp)) as files:
        await files.write("old", b"old")
        await files.write("new", b"new")
        with pytest.raises(WriteRefused):
            await files.replace("new", "old")
        assert (await files.read("old"), await files.read("new")) == (b"old", b"new")


async def test_a_file_that_may_not_be_read_is_not_taken_for_absent(plain_ftp: FtpServer) -> None:
    (plain_ftp.root / "ban.txt").write_bytes(b"old")
    plain_ftp.faults.refused_commands |= {"RETR", "SIZE"}
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(ReadRefused):
            await files.read("ban.txt")
        assert await files.size("ban.txt") == 3


async def test_an_unreadable_folder_proves_nothing(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.refused_commands |= {"MLSD", "LIST"}
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(ReadRefused):
            await files.read("ban.txt")


async def test_a_server_that_repeats_the_password_is_not_quoted() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"331 and?\r\n")
        writer.write(b"530 not with " + (await reader.readline())[5:])
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as chatty:
        port = chatty.sockets[0].getsockname()[1]
        place = FtpPlace("127.0.0.1", USER, "tell nobody", port, Tls.NONE, timeout_seconds=5)
        with pytest.raises(LoginRefused) as told:
            async with ftp_files(place):
                raise AssertionError("logged in")
        assert "tell nobody" not in f"{told.value!s}{told.value!r}"


async def test_a_port_that_there_cannot_be_is_an_answer_that_cannot_be_read() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        answers = {b"USER": b"230 welcome", b"EPSV": b"229 extended (|||99999|)"}
        while line := await reader.readline():
            writer.write(answers.get(line[:4], b"200 so be it") + b"\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as odd:
        place = FtpPlace("127.0.0.1", USER, PASSWORD, odd.sockets[0].getsockname()[1], Tls.NONE, timeout_seconds=5)
        async with ftp_files(place) as files:
            with pytest.raises(CutOff, match="cannot be read"):
                await files.read("ban.txt")


@pytest.mark.parametrize("error", RemoteFileError.__subclasses__())
def test_every_error_says_host_path_and_what_happened(error: type[RemoteFileError]) -> None:
    told = error("ftp.example.net", "/cfg/ban.txt", "550 no")
    assert str(told).startswith("ftp.example.net: /cfg/ban.txt: ")
    assert str(told).endswith(": 550 no")
    assert "\n" not in str(told)


async def test_a_local_folder_that_is_away_is_no_missing_file(tmp_path: Path) -> None:
    async with local_files(tmp_path / "unmounted") as files:
        with pytest.raises(ReadRefused):
            await files.read("ban.txt")
    async with local_files(tmp_path) as files:
        with pytest.raises(NotThere):
            await files.read("ban.txt")


@pytest.mark.parametrize("offset", [1, 64 * 1024, len(CONTENT) - 1, len(CONTENT), len(CONTENT) + 1])
async def test_a_server_that_cannot_begin_in_the_middle_gives_the_same_bytes(plain_ftp: FtpServer, offset: int) -> None:
    (plain_ftp.root / "log.ADM").write_bytes(CONTENT)
    plain_ftp.faults.refused_commands |= {"REST"}
    async with ftp_files(ftp_place(plain_ftp)) as files:
        for limit in (1, 10_000, 1_000_000):
            assert await files.read_from("log.ADM", offset, limit) == CONTENT[offset : offset + limit]
        assert await files.read("log.ADM") == CONTENT
        assert not files.resumes
        plain_ftp.faults.refused_commands.clear()
        assert await files.read_from("log.ADM", 1, 1) == CONTENT[1:2]
        assert files.resumes


async def test_a_connection_that_is_cut_while_bytes_are_dropped_is_told(plain_ftp: FtpServer) -> None:
    (plain_ftp.root / "log.ADM").write_bytes(CONTENT)
    plain_ftp.faults.refused_commands |= {"REST"}
    plain_ftp.faults.cut_sent_after = 70_000
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(CutOff):
            await files.read_from("log.ADM", len(CONTENT) - 5, 100)


async def test_a_file_that_goes_while_a_folder_is_listed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").touch()
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: [*listed(folder), folder / "gone"])
    async with local_files(tmp_path) as files:
        assert [entry.name for entry in await files.entries("/")] == ["stays"]


@pytest.mark.parametrize("tls", [Tls.EXPLICIT, Tls.IMPLICIT], ids=["explicit", "implicit"])
async def test_certificates_that_cannot_be_read_are_told_by_the_place_that_needs_them(
    plain_ftp: FtpServer, tmp_path: Path, tls: Tls
) -> None:
    """No `OSError`: that would end whoever has other places to look after."""
    with pytest.raises(NotTrusted, match=r"gone\.pem cannot be read"):
        async with ftp_files(ftp_place(plain_ftp, tls, tmp_path / "gone.pem")):
            raise AssertionError("connected")
