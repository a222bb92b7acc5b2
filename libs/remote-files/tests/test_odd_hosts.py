"""Hosts that answer in ways that the standards allow, or that are usual all the same: their files are reached."""

import pytest

from banstream_remote_files.errors import LoginRefused, ReadRefused, RemoteFileError
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.testing.ftp_server import FtpServer
from banstream_remote_files.testing.kinds import ftp_place

pytest_plugins = ["banstream_remote_files.testing.fixtures"]


async def until_written(server: FtpServer) -> None:
    async with ftp_files(ftp_place(server)) as files:
        await files.write("ban.txt", b"one\n")
        assert (await files.size("ban.txt"), await files.read("ban.txt")) == (4, b"one\n")
        await files.replace("ban.txt", "other.txt")
        assert [entry.name for entry in await files.entries(".")] == ["other.txt"]
        await files.delete("other.txt")


WELCOMES = {
    "other-codes-within": "230-Hello\r\n100 MB are free\r\n550 files are there\r\n230 Logged in.",
    "plain-text-within": "230-Hello\r\n  welcome\r\n\r\n230 Logged in.",
    "own-code-within": "230-Hello\r\n230-again\r\n2300 players\r\n230 Logged in.",
    "no-text": "230",
}


@pytest.mark.parametrize("welcome", WELCOMES.values(), ids=WELCOMES)
async def test_a_reply_in_several_lines_ends_with_its_own_code(plain_ftp: FtpServer, welcome: str) -> None:
    plain_ftp.faults.wordings["230"] = welcome
    await until_written(plain_ftp)


@pytest.mark.parametrize("code", ["226", "250", "213", "150", "350", "257"])
async def test_any_reply_may_have_several_lines(plain_ftp: FtpServer, code: str) -> None:
    plain_ftp.faults.wordings = {code: f"{code}-So\r\n500 it\r\n{code} 4"}
    await until_written(plain_ftp)


async def test_a_reply_without_end_is_no_answer(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.wordings["230"] = "230-Hello\r\n" + "230-more\r\n" * 2000
    with pytest.raises(RemoteFileError, match="cannot be read"):
        await until_written(plain_ftp)


@pytest.mark.parametrize("reply", ["500 What?", "522 Network protocol not supported", "550 Not allowed", "425 No"])
async def test_where_epsv_is_refused_pasv_is_asked(plain_ftp: FtpServer, reply: str) -> None:
    plain_ftp.faults.replies["EPSV"] = reply
    await until_written(plain_ftp)
    assert plain_ftp.commands.count("EPSV") == 1, "what was refused is not asked again"


async def test_an_address_that_nobody_reaches_is_not_believed(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.replies["EPSV"] = "500 What?"
    plain_ftp.faults.shown_address = "192.168.77.5"
    await until_written(plain_ftp)


@pytest.mark.parametrize("reply", ["504 Not for that parameter", "500 What?"])
async def test_where_binary_transfers_are_refused_nothing_is_transferred(plain_ftp: FtpServer, reply: str) -> None:
    """A transfer as text may change what others have written."""
    (plain_ftp.root / "ban.txt").write_bytes(b"one\n")
    plain_ftp.faults.replies["TYPE"] = reply
    async with ftp_files(ftp_place(plain_ftp)) as files:
        with pytest.raises(ReadRefused):
            await files.read("ban.txt")
        with pytest.raises(RemoteFileError):
            await files.write("ban.txt", b"two\n")
    assert (plain_ftp.root / "ban.txt").read_bytes() == b"one\n"


async def test_a_refusal_in_several_lines_is_one(plain_ftp: FtpServer) -> None:
    plain_ftp.faults.replies["PASS"] = "530-Sorry\r\n230 others are in\r\n530 Login incorrect."
    with pytest.raises(LoginRefused, match="Login incorrect"):
        await until_written(plain_ftp)


async def test_names_are_asked_for_in_utf_8(plain_ftp: FtpServer) -> None:
    """Some servers have them in an encoding of Windows until then."""
    await until_written(plain_ftp)
    assert "OPTS UTF8 ON" in plain_ftp.commands
    assert plain_ftp.commands.index("OPTS UTF8 ON") < plain_ftp.commands.index("STOR ban.txt")
