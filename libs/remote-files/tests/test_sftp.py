import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from banstream_remote_files.errors import CutOff, LoginRefused, NoSpace, NotTrusted, Unreachable, WriteRefused
from banstream_remote_files.sftp import SftpPlace, sftp_files
from banstream_remote_files.testing.ftp_server import PASSWORD, USER
from banstream_remote_files.testing.sftp_server import SftpServer, sftp_server
from banstream_testing.tcp_proxy import tcp_proxy

pytest_plugins = ["banstream_remote_files.testing.fixtures"]


def place(server: SftpServer, password: str | None = PASSWORD, fingerprint: str | None = None) -> SftpPlace:
    known = fingerprint or server.fingerprint
    return SftpPlace("127.0.0.1", USER, password, fingerprint=known, port=server.port, timeout_seconds=10)


async def test_a_pinned_fingerprint_is_enough(server_root: Path) -> None:
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        await files.write("a", b"x")
        assert await files.read("a") == b"x"


async def test_a_stranger_in_the_servers_place_gets_no_password(server_root: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").get_fingerprint()
    async with sftp_server(server_root) as server:
        with pytest.raises(NotTrusted, match="host key"):
            async with sftp_files(place(server, fingerprint=other)):
                raise AssertionError("connected")


@pytest.mark.parametrize("host_key", [None, "", "ssh-ed25519 nonsense"])
async def test_an_unknown_server_is_not_spoken_to(host_key: str | None) -> None:
    with pytest.raises(ValueError, match="host key"):
        async with sftp_files(SftpPlace("127.0.0.1", USER, PASSWORD, host_key=host_key, port=1)):
            raise AssertionError("connected")


async def test_a_wrong_password_is_refused_and_never_repeated(server_root: Path) -> None:
    async with sftp_server(server_root) as server:
        with pytest.raises(LoginRefused) as told:
            async with sftp_files(place(server, "tell nobody")):
                raise AssertionError("logged in")
    assert "tell nobody" not in str(told.value)
    assert "tell nobody" not in repr(place(server, "tell nobody"))


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
async def test_a_key_logs_in(server_root: Path, tmp_path: Path, passphrase: str | None) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    authorized = tmp_path / "authorized_keys"
    authorized.write_bytes(key.export_public_key())
    secret = key.export_private_key("pkcs8-pem", passphrase=passphrase).decode()
    async with sftp_server(server_root, authorized) as server:
        by_key = SftpPlace(
            "127.0.0.1",
            USER,
            private_key=secret,
            passphrase=passphrase,
            host_key=server.host_key,
            port=server.port,
            timeout_seconds=10,
        )
        async with sftp_files(by_key) as files:
            await files.write("a", b"x")
    assert (server_root / "a").read_bytes() == b"x"


async def test_a_key_that_cannot_be_read_is_refused() -> None:
    broken = SftpPlace("127.0.0.1", USER, private_key="nonsense", fingerprint="SHA256:x", port=1)
    with pytest.raises(LoginRefused, match="private key"):
        async with sftp_files(broken):
            raise AssertionError("connected")


async def test_nobody_listening_is_unreachable(server_root: Path) -> None:
    async with sftp_server(server_root) as server:
        gone = place(server)
    with pytest.raises(Unreachable):
        async with sftp_files(gone):
            raise AssertionError("connected")


async def test_a_host_that_cannot_be_a_name_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        async with sftp_files(SftpPlace("game..example.net", USER, PASSWORD, fingerprint="SHA256:x")):
            raise AssertionError("connected")


async def test_a_full_disk_is_no_space(server_root: Path) -> None:
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        server.faults.is_full = True
        with pytest.raises(NoSpace):
            await files.write("a", b"x")


async def test_a_read_only_account_cannot_write(server_root: Path) -> None:
    (server_root / "a").write_bytes(b"old")
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        server.faults.is_read_only = True
        with pytest.raises(WriteRefused):
            await files.write("a", b"x")
        assert await files.read("a") == b"old"


async def test_a_server_without_the_extension_does_not_rename_onto_a_file(server_root: Path) -> None:
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        server.faults.renames_onto_files = False
        await files.write("old", b"old")
        await files.write("new", b"new")
        with pytest.raises(WriteRefused):
            await files.replace("new", "old")
        assert (await files.read("old"), await files.read("new")) == (b"old", b"new")
        await files.replace("new", "free name")
        assert await files.read("free name") == b"new"


async def test_a_connection_lost_while_storing_is_cut_off(server_root: Path) -> None:
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        server.faults.cut_stored_after = 1000
        with pytest.raises(CutOff):
            await files.write("a", b"x" * 500_000)
        with pytest.raises(CutOff):
            await files.read("a")


_KINDS = ("ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519")


@pytest.mark.parametrize("number", range(len(_KINDS)), ids=_KINDS)
async def test_any_key_of_a_server_with_several_may_be_the_pinned_one(server_root: Path, number: int) -> None:
    async with sftp_server(server_root, kinds=_KINDS) as server:
        async with sftp_files(place(server, fingerprint=server.fingerprints[number])) as files:
            await files.write("a", b"x")
        other = asyncssh.generate_private_key(_KINDS[number]).get_fingerprint()
        with pytest.raises(NotTrusted, match="host key"):
            async with sftp_files(place(server, fingerprint=other)):
                raise AssertionError("connected")


async def test_a_slow_line_is_no_silence(server_root: Path) -> None:
    content = b"76561198000000000\n" * 140_000
    async with sftp_server(server_root) as server:
        server.faults.bytes_per_second = 1024 * 1024
        async with sftp_files(replace(place(server), timeout_seconds=1.5)) as files:
            await files.write("a", content)
            assert await files.read("a") == content


@pytest.mark.parametrize("act", ["read", "write"])
async def test_a_server_that_falls_silent_in_the_middle_is_cut_off_in_time(server_root: Path, act: str) -> None:
    """Also though an open file is not closed then: a goodbye would not be answered either."""
    (server_root / "a").write_bytes(b"x")
    async with sftp_server(server_root) as server, tcp_proxy("127.0.0.1", server.port) as line:
        through = replace(place(server), port=line.port, timeout_seconds=1.0)
        async with asyncio.timeout(30), sftp_files(through) as files:
            server.faults.at_transfer = line.black_hole
            with pytest.raises(CutOff, match="silent for 1 s"):
                await (files.read("a") if act == "read" else files.write("a", b"y"))
            with pytest.raises(CutOff):
                await files.entries(".")


async def test_an_end_that_is_waited_for_a_silent_server_is_an_end(server_root: Path) -> None:
    """Whoever is cancelled is cancelled, whatever the connection has to say about it."""
    (server_root / "a").write_bytes(b"x")
    async with sftp_server(server_root) as server, tcp_proxy("127.0.0.1", server.port) as line:
        silent = asyncio.Event()
        through = replace(place(server), port=line.port, timeout_seconds=1.0)

        def fall_silent() -> None:
            line.black_hole()
            silent.set()

        async def read() -> None:
            async with sftp_files(through) as files:
                await files.read("a")

        server.faults.at_transfer = fall_silent
        reading = asyncio.create_task(read())
        await silent.wait()
        reading.cancel()
        await asyncio.wait({reading}, timeout=30)
        assert reading.cancelled()


async def test_what_is_written_is_forced_to_the_disk_of_a_server_that_offers_it(
    server_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[bytes] = []

    def fsync(_server: object, _file: object) -> None:
        forced.append((server_root / "a").read_bytes())

    monkeypatch.setattr(asyncssh.SFTPServer, "fsync", fsync)
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        await files.write("a", b"x" * 300_000)
    assert forced == [b"x" * 300_000]


@pytest.mark.parametrize("error", [asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure], ids=["unknown", "refused"])
async def test_a_server_that_forces_nothing_to_its_disk_is_written_to(
    server_root: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[str], Exception]
) -> None:
    def fsync(_server: object, _file: object) -> None:
        raise error("not here")

    monkeypatch.setattr(asyncssh.SFTPServer, "fsync", fsync)
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        await files.write("a", b"x")
        assert await files.read("a") == b"x"


async def test_a_disk_that_is_full_only_when_the_content_is_forced_to_it_is_full(
    server_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fsync(_server: object, _file: object) -> None:
        raise asyncssh.SFTPFailure("Disk quota exceeded")

    monkeypatch.setattr(asyncssh.SFTPServer, "fsync", fsync)
    async with sftp_server(server_root) as server, sftp_files(place(server)) as files:
        with pytest.raises(NoSpace):
            await files.write("a", b"x")
