"""Plain checks are answered before aiohttp makes a request of them: the same answer, in the same order, counted."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts.infractions import Restriction
from banstream_gateway import server as listening

BAN = Restriction(infraction_id="0" * 24, punishments=("ban",), lifetime="permanent", reason="x", scope="global")
SERVER_ID = "ab" * 12
BY_ALL = {"Authorization": "Bearer all"}
BY_SERVER = {"Authorization": f"SERVER {SERVER_ID} key"}
NATIVE = "/v1/players/roblox/{}/restrictions"


@dataclass(frozen=True)
class Answered:
    """`at_once`: aiohttp says on every answer of its own what it is."""

    status: int
    body: bytes
    at_once: bool
    position: str | None


@dataclass
class Connection:
    """One kept connection, request by request."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *requests: bytes) -> list[Answered]:
        """Send requests in one piece, and read as many answers."""
        self.writer.write(b"".join(requests))
        return [await self.read() for _ in requests]

    async def read(self) -> Answered:
        async with asyncio.timeout(20):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await self.reader.readexactly(int(headers["content-length"]))
        return Answered(int(head[0].split()[1]), body, "server" not in headers, headers.get("banstream-position"))


@asynccontextmanager
async def connected(gateway: Running) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


def request(method: str, path: str, headers: dict[str, str], body: object = None, **more: str) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    sent = {"Host": "x", **headers, **more}
    if content:
        sent |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode() + content


def plain(name: str, player: int, headers: dict[str, str] | None = None, **more: str) -> bytes:
    """A plain check of each protocol; the players of a number are `restrict`ed together."""
    asked: dict[str, tuple[str, str, dict[str, str], object]] = {
        "native": ("GET", NATIVE.format(player), BY_ALL, None),
        "native with an address": ("GET", NATIVE.format(player) + "?ip=192.0.2.7", BY_SERVER, None),
        "native with a scheme in capitals": ("GET", NATIVE.format(player), {"Authorization": "BEARER all"}, None),
        "native behind a token": ("GET", "/t/all" + NATIVE.format(player), {}, None),
        "flask": ("POST", "/check_ban", BY_ALL, {"user_id": player}),
        "flask behind a token": ("POST", "/t/all/check_ban", {}, {"user_id": str(player)}),
        "gflbans": ("GET", f"/api/v1/infractions/check?gs_service=roblox&gs_id={player}", BY_SERVER, None),
        "gflbans with all": (
            "GET",
            f"/api/infractions/check/?include_other_servers=true&gs_service=roblox&gs_id={player}&ip=192.0.2.7",
            BY_SERVER,
            None,
        ),
        "ndp": ("GET", f"/check_ban?username=p{player}&ip=192.0.2.7", BY_ALL, None),
        "ndp with a scheme in capitals": (
            "GET",
            f"/check_ban?username=p{player}",
            {"Authorization": "BEARER all"},
            None,
        ),
        "ndp in its own way": ("GET", f"/check_ban?username=p{player}&verification=all", {}, None),
    }
    method, path, usual, body = asked[name]
    return request(method, path, usual if headers is None else headers, body, **more)


FORMS = [
    "native",
    "native with an address",
    "native with a scheme in capitals",
    "native behind a token",
    "flask",
    "flask behind a token",
    "gflbans",
    "gflbans with all",
    "ndp",
    "ndp with a scheme in capitals",
    "ndp in its own way",
]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def ready(gateway: Running, infractions: Infractions) -> Running:
    await infractions.admit("key", "check", kind="server", id=SERVER_ID)
    await infractions.restrict("roblox=2", BAN)
    await infractions.restrict("minecraft=p2", BAN)
    wanted = infractions.position
    await until(lambda: gateway.gateway.restrictions.position >= wanted)
    await until(lambda: gateway.gateway.credentials.find("key"))
    return gateway


@pytest.mark.parametrize("form", FORMS)
async def test_a_plain_check_is_answered_at_once_and_as_on_the_long_way(ready: Running, form: str) -> None:
    async with connected(ready) as connection:
        short, again = await connection.ask(plain(form, 1)), await connection.ask(plain(form, 1))
        long = (await connection.ask(plain(form, 1, traceparent=TRACE)))[0]
    assert [short[0].at_once, again[0].at_once, long.at_once] == [True, True, False]
    assert (short[0].status, short[0].position) == (long.status, long.position) == (200, long.position)
    said, meant = json.loads(short[0].body), json.loads(long.body)
    assert {**said, "timestamp": ""} == {**meant, "timestamp": ""}


@pytest.mark.parametrize("form", FORMS)
async def test_who_is_restricted_is_told_on_the_long_way(ready: Running, form: str) -> None:
    async with connected(ready) as connection:
        banned, clean = await connection.ask(plain(form, 2)), await connection.ask(plain(form, 1))
    assert (banned[0].status, banned[0].at_once) == (200, False)
    assert json.loads(banned[0].body) != json.loads(clean[0].body)
    assert clean[0].at_once, "the connection goes on as before"


@pytest.mark.parametrize("form", ["native", "flask", "gflbans", "ndp"])
@pytest.mark.parametrize("secret", ["wrong", "weak"])
async def test_who_may_not_check_is_refused(ready: Running, infractions: Infractions, form: str, secret: str) -> None:
    await infractions.admit("weak", "report", kind="server", id="cd" * 12)
    await until(lambda: ready.gateway.credentials.find("weak"))
    scheme = f"SERVER {'cd' * 12} {secret}" if form == "gflbans" else f"Bearer {secret}"
    async with connected(ready) as connection:
        refused = (await connection.ask(plain(form, 1, {"Authorization": scheme})))[0]
    assert (refused.at_once, refused.status in (401, 403)) == (False, True)


async def test_a_server_s_credential_under_another_id_is_refused(ready: Running) -> None:
    async with connected(ready) as connection:
        for form in ("native", "gflbans"):
            refused = await connection.ask(plain(form, 1, {"Authorization": f"SERVER {'cd' * 12} key"}))
            assert refused[0].status == 401


async def test_what_is_answered_at_once_counts_for_the_rate(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(rate_limit_per_second=0.001, rate_limit_burst=3)
    await until(gateway.is_ready)
    async with connected(gateway) as connection:
        found = [(await connection.ask(plain("native", 1)))[0] for _ in range(4)]
    assert [(each.status, each.at_once) for each in found] == [(200, True)] * 3 + [(429, False)]


async def test_what_is_answered_at_once_is_counted(ready: Running) -> None:
    async with connected(ready) as connection:
        for _ in range(3):
            assert (await connection.ask(plain("native", 1)))[0].at_once
    metrics = (await ready.call("GET", "/metrics")).body.decode()
    labels = 'method="GET",route="/v1/players/{service}/{id}/restrictions",status="200"'
    assert f"banstream_http_request_seconds_count{{{labels}}} 3.0" in metrics


@pytest.mark.parametrize(
    "odd",
    [
        request("GET", NATIVE.format("1%31"), BY_ALL),
        request("GET", NATIVE.format(1) + "?include_other_servers=false", BY_ALL),
        request("GET", NATIVE.format(1) + "?ip=2001%3Adb8%3A%3A1", BY_ALL),
        request("GET", NATIVE.format(1), {**BY_ALL, "Banstream-Position": "1"}),
        request("POST", "/check_ban", BY_ALL, {"user_id": None}),
        request("POST", "/check_ban", BY_ALL, {"user_id": 1.5e300}),
        request("POST", "/check_ban", BY_ALL, [1]),
        request("POST", "/check_ban", {**BY_ALL, "Content-Encoding": "br"}, {"user_id": 1}),
        request("GET", "/api/v1/infractions/check?gs_service=roblox", BY_SERVER),
        request("GET", "/api/v1/infractions/check?gs_service=roblox&gs_id=1&include_other_servers=x", BY_SERVER),
        request("GET", "/check_ban?username=p1", BY_ALL, {"username": "p2"}),
        request("GET", "/check_ban?ip=x", BY_ALL),
        request("GET", "/t//check_ban?username=p1", BY_ALL),
        request("DELETE", NATIVE.format(1), BY_ALL),
        request("HEAD", "/v1/nothing/restrictions", {**BY_ALL, "Connection": "close"}),
    ],
    ids=lambda odd: odd.decode().split(" HTTP")[0].replace(" ", "_"),
)
async def test_what_is_not_plain_takes_the_long_way(ready: Running, odd: bytes) -> None:
    async with connected(ready) as connection:
        connection.writer.write(odd)
        async with asyncio.timeout(20):
            head = await connection.reader.readuntil(b"\r\n\r\n")
    assert b"\r\nServer: " in head


async def test_requests_of_one_packet_are_answered_in_order(ready: Running) -> None:
    async with connected(ready) as connection:
        found = await connection.ask(plain("native", 2), plain("flask", 1), plain("gflbans", 1))
        after = await connection.ask(plain("flask", 1))
    assert [b"ban" in each.body for each in found] == [True, True, False]
    assert [each.body for each in found[1:]] == [b'{"status":"not banned"}', b"{}"]
    assert after[0].at_once


async def test_a_check_waits_for_the_answer_before_it(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(position_timeout_seconds=0.5)
    await until(gateway.is_ready)
    async with connected(gateway) as connection:
        connection.writer.write(request("GET", NATIVE.format(1) + f"?position={10**15}", BY_ALL))
        await until(lambda: gateway.gateway.restrictions.is_awaited)
        connection.writer.write(plain("flask", 1))
        first, second = await connection.read(), await connection.read()
    assert (b"restrictions" in first.body, second.body) == (True, b'{"status":"not banned"}')


async def test_a_body_that_comes_later_is_waited_for(ready: Running) -> None:
    whole = plain("flask", 1)
    async with connected(ready) as connection:
        connection.writer.write(whole[:-3])
        await connection.writer.drain()
        connection.writer.write(whole[-3:])
        assert (await connection.read()).body == b'{"status":"not banned"}'


async def test_an_idle_connection_is_closed_though_nothing_took_the_long_way(
    start: Start, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_IDLE_SECONDS", 0.2)
    await infractions.admit("all", "check")
    gateway = await start()
    await until(gateway.is_ready)
    async with connected(gateway) as connection:
        assert (await connection.ask(plain("native", 1)))[0].at_once
        async with asyncio.timeout(20):
            assert await connection.reader.read() == b""


async def test_a_connection_in_use_stays_open_though_nothing_takes_the_long_way(
    start: Start, infractions: Infractions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_IDLE_SECONDS", 1.0)
    await infractions.admit("all", "check")
    gateway = await start(rate_limit_per_second=100_000, rate_limit_burst=100_000)
    await until(gateway.is_ready)
    now, asked_at = asyncio.get_running_loop().time, [asyncio.get_running_loop().time()]
    try:
        async with connected(gateway) as connection:
            while asked_at[-1] - asked_at[0] < 1.3:
                assert (await connection.ask(plain("native", 1)))[0].at_once
                asked_at.append(now())
    except (asyncio.IncompleteReadError, ConnectionError):
        assert now() - asked_at[-1] >= 0.9, "only a machine that stood still leaves it idle"
