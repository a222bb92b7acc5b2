"""Name servers, certificates and connections that are at fault: telling waits and says why, and loses nothing."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from services.notifier.tests.test_running_bugs import OPENER, no_names, telling

from banstream_notifier.delivering import Patience
from banstream_notifier.discord import Discord
from banstream_notifier.ledger import Ledger
from banstream_notifier.outcomes import TryLater
from banstream_notifier.outside import Resolver, open_session, request
from banstream_notifier.rate_limits import RateLimits
from banstream_notifier.record import Record
from banstream_notifier.teller import Teller
from banstream_notifier.telling import DiscordTeller
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import happen, issued, new_target, notifier
from banstream_testing.servers import NatsServer, free_port
from banstream_testing.waiting import eventually

HOST = "discord.test"
DAY = timedelta(days=1)
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"id": "42"}'


class Authority:
    """Signs certificates; `trust` is of whoever trusts it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        own = self._builder(self._name, self._key, now + DAY)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self._own = own.sign(self._key, hashes.SHA256())
        self.trust = ssl.create_default_context(cadata=self._own.public_bytes(serialization.Encoding.PEM).decode())

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self._name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(until - 3 * DAY).not_valid_after(until)

    def server(self, host: str, until: datetime) -> ssl.SSLContext:
        """What a server of that name shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, until)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return self._shown(builder.sign(self._key, hashes.SHA256()), key)

    def itself(self) -> ssl.SSLContext:
        """What a server shows that signed its certificate itself."""
        return self._shown(self._own, self._key)

    def _shown(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / f"{certificate.serial_number}.pem"
        path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@dataclass(frozen=True)
class Side:
    """A server on an address of its own: the certificate that it shows, and what it answers before it hangs up."""

    certificate: ssl.SSLContext | None
    answer: bytes = b""
    is_silent: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.is_silent:
            await reader.read()
        elif self.certificate is not None:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
        writer.write(self.answer)
        await writer.drain()
        if self.answer == OK:
            writer.close()
        else:
            writer.transport.abort()


@dataclass(frozen=True)
class World:
    """`sides` by what they are at fault for; names are looked up as `asked` says, one fault after the other."""

    port: int
    trust: ssl.SSLContext
    addresses: dict[str, str]
    asked: list[str]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/api/webhooks/1/t0ken"

    def look_up(self, _host: str, port: int, *_how: object, **_flags: object) -> Sequence[Any]:
        """As `socket.getaddrinfo`."""
        fault = self.asked.pop(0) if len(self.asked) > 1 else self.asked[0]
        if fault == "unknown-name":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if fault == "no-address":
            return []
        if fault == "no-name":
            return socket.getaddrinfo("a" * 64 + ".test", port)
        return socket.getaddrinfo(self.addresses[fault], port, type=socket.SOCK_STREAM)

    def session(self) -> aiohttp.ClientSession:
        return open_session(1.5, Resolver(only_public=False, look_up=self.look_up), self.trust)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    now = datetime.now(UTC)
    authority, stranger = Authority(tmp_path, "trusted"), Authority(tmp_path, "a stranger")
    good = authority.server(HOST, now + DAY)
    sides = {
        "well": Side(good, OK),
        "expired": Side(authority.server(HOST, now - DAY)),
        "other-name": Side(authority.server("elsewhere.test", now + DAY)),
        "unknown-authority": Side(stranger.server(HOST, now + DAY)),
        "self-signed": Side(stranger.itself()),
        "no-tls": Side(None, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "silent": Side(None, is_silent=True),
        "reset": Side(good),
        "reset-in-answer": Side(good, b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 99\r\n\r\n{"),
    }
    port = free_port()
    addresses = {name: f"127.0.0.{number}" for number, name in enumerate(sides, 2)}
    async with AsyncExitStack() as servers:
        for name, side in sides.items():
            server = await asyncio.start_server(side.serve, addresses[name], port, ssl=side.certificate)
            await servers.enter_async_context(server)
        yield World(port, authority.trust, addresses, ["well"])


WORDS = {
    "unknown-name": "the host name cannot be resolved",
    "no-address": "the host name cannot be resolved",
    "no-name": "the host name cannot be resolved",
    "expired": "no trusted TLS connection: certificate has expired",
    "other-name": f"no trusted TLS connection: Hostname mismatch, certificate is not valid for '{HOST}'.",
    "unknown-authority": "no trusted TLS connection: unable to get local issuer certificate",
    "self-signed": "no trusted TLS connection: self",
    "no-tls": "no trusted TLS connection: WRONG_VERSION_NUMBER",
    "silent": "no answer in time",
    "reset": "the connection failed (",
    "reset-in-answer": "the connection failed (",
}


@pytest.mark.parametrize("fault", WORDS)
async def test_a_fault_on_the_way_is_told_in_words_and_leaves_the_event_for_later(world: World, fault: str) -> None:
    world.asked[:] = [fault, "well"]
    async with world.session() as session:
        with pytest.raises(TryLater) as raised:
            await request(session, "POST", world.url, data=b"{}")
        assert str(raised.value).startswith(WORDS[fault])
        assert "t0ken" not in str(raised.value)
        assert (await request(session, "POST", world.url, data=b"{}")).body == b'{"id": "42"}'


@asynccontextmanager
async def telling_by(world: World, to: Bus, database: Database) -> AsyncIterator[None]:
    async with world.session() as session:
        discord = Discord(session, RateLimits())

        def teller(record: Record, ledger: Ledger, _session: aiohttp.ClientSession) -> Teller:
            opened = OPENER.open(record.target.kind, record.sealed_url, None)
            return DiscordTeller(discord, opened, record, ledger, no_names)

        async with telling(to, database, teller, Patience(0.3, 600.0)):
            yield


async def test_after_all_these_faults_the_event_arrives_and_each_try_says_why(
    nats: NatsServer, database: Database, world: World
) -> None:
    world.asked[:] = [*WORDS, "well"]
    target = new_target(world.url)
    async with bus(nats) as to:
        async with notifier(nats, database):
            await to.send(target)
        (event_id,) = await happen(to, issued(1))
        async with telling_by(world, to, database):

            async def delivered() -> Any:
                async with connected(database.notifier_url, "notifier") as connection:
                    rows = await connection.fetch("select event_id, status, message_id from deliveries")
                return [dict(row) for row in rows if row["status"] == "done"]

            (delivery,) = await eventually(delivered)
        assert (str(delivery["event_id"]), delivery["message_id"]) == (event_id, "42")
        async with connected(database.notifier_url, "notifier") as connection:
            tries = await connection.fetch("select error from attempts order by at")
        assert tries[-1]["error"] is None
        faults = [each["error"] for each in tries[:-1]]
        assert [said[: len(words)] for said, words in zip(faults, WORDS.values(), strict=True)] == [*WORDS.values()]
