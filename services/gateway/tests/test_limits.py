"""Hostile and broken requests."""

import asyncio
import gzip
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

JSON = {"Content-Type": "application/json"}
BODY = b'{"player":{"service":"roblox","id":1},"punishments":["ban"],"reason":"x"}'


async def post(gateway: Running, body: bytes, **headers: str) -> tuple[int, str]:
    answer = await gateway.call("POST", "/v1/infractions", data=body, headers={**JSON, **headers})
    return answer.status, answer.json.get("type", "").rpartition(":")[2]


async def test_a_body_over_the_limit_is_413(gateway: Running, infractions: Infractions) -> None:
    big = b'{"reason":"%s"}' % (b"x" * 1024 * 1024)
    native = await gateway.call("POST", "/v1/infractions", data=BytesIO(big), headers=JSON)
    assert (native.status, native.json["type"]) == (413, "urn:banstream:problem:too-large")
    assert (await gateway.call("POST", "/ban", data=BytesIO(big), headers=JSON)).json["status"] == "fail"
    assert infractions.carried_out == []


async def test_a_packed_body_is_read(gateway: Running) -> None:
    packed = gzip.compress(BODY)
    assert (await post(gateway, packed, **{"Content-Encoding": "gzip"}))[0] == 201
    answer = await gateway.call(
        "POST", "/ban", data=gzip.compress(b'{"user_id":1}'), headers={**JSON, "Content-Encoding": "gzip"}
    )
    assert answer.status == 200


async def test_a_bomb_is_413_and_not_inflated(gateway: Running) -> None:
    squeeze = zlib.compressobj(wbits=31)
    bomb = b"".join(squeeze.compress(b" " * 1024 * 1024) for _ in range(200)) + squeeze.flush()
    assert len(bomb) < 1024 * 1024
    async with asyncio.timeout(20):
        assert await post(gateway, bomb, **{"Content-Encoding": "gzip"}) == (413, "too-large")


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(BODY)[:-10], b"", gzip.compress(BODY) + gzip.compress(b"{}")],
    ids=["other", "cut", "empty", "two"],
)
async def test_a_broken_packed_body_is_400(gateway: Running, body: bytes) -> None:
    assert await post(gateway, body, **{"Content-Encoding": "gzip"}) == (400, "malformed")


async def test_another_encoding_or_type_is_415(gateway: Running) -> None:
    assert await post(gateway, BODY, **{"Content-Encoding": "br"}) == (415, "unsupported-media-type")
    assert await post(gateway, BODY, **{"Content-Type": "text/plain"}) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 500_000,
        b'{"a":' * 100_000,
        b'{"reason":"a","reason":"b"}',
        b'{"player":{"service":"roblox","service":"steam"}}',
        b'{"duration_seconds":NaN}',
        b'{"duration_seconds":%s}' % (b"9" * 5000),
    ],
    ids=range(9),
)
async def test_json_with_surprises_is_400(gateway: Running, infractions: Infractions, body: bytes) -> None:
    assert await post(gateway, body) == (400, "malformed")
    assert infractions.carried_out == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"reason":"\\ud800"}',
        b'{"\\ud800":1}',
        b'{"%s":1}' % (b"x" * 100_000),
        b'{"duration_seconds":1e400}',
        b"{" + b",".join(b'"f%d":1' % number for number in range(5000)) + b"}",
    ],
    ids=range(5),
)
async def test_values_that_no_text_or_number_can_hold_are_422(gateway: Running, body: bytes) -> None:
    answer = await gateway.call("POST", "/v1/infractions", data=body, headers=JSON)
    assert answer.status == 422
    assert len(answer.body) < 10_000


@pytest.mark.parametrize(
    "body",
    [b"[[[[]]]]", b"{}", b'{"a":[1]}'],
    ids=["nested lists", "objects", "both"],
)
async def test_more_lists_and_objects_than_anybody_sends_are_400(gateway: Running, body: bytes) -> None:
    """A megabyte of them takes a second to read, in which nobody is answered."""
    packed = gzip.compress(b'{"players":[%s]}' % b",".join([body] * 50_000))
    answer = await gateway.call("POST", "/v1/check", data=packed, headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.json["detail"] == "The body holds more than 50000 lists and objects."


@pytest.mark.parametrize(
    ("path", "field"), [("/v1/check", "players"), ("/v1/incidents", "incidents"), ("/v1/infractions", "punishments")]
)
async def test_a_list_that_is_far_too_long_is_refused_as_a_whole(gateway: Running, path: str, field: str) -> None:
    """To find and to tell what is wrong with each of half a million entries takes seconds."""
    body = b'{"%s":[%s]}' % (field.encode(), b",".join([b"1"] * 500_000))
    answer = await gateway.call("POST", path, data=gzip.compress(body), headers={**JSON, "Content-Encoding": "gzip"})
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": field, "message": "has too many entries"}]


async def test_a_list_that_is_too_long_may_have_any_name(gateway: Running) -> None:
    body = b'{"\\ud800":[%s]}' % b",".join([b"1"] * 5000)
    assert await post(gateway, body) == (422, "invalid")


@pytest.mark.parametrize("path", ["/v1/infractions", "/add_ban"])
async def test_who_goes_in_the_middle_of_a_body_is_no_fault_of_ours(gateway: Running, path: str) -> None:
    head = HEAD.replace(b"/check_ban", path.encode()) + b"Content-Length: 100\r\n\r\n{"
    _, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(head)
    await writer.drain()
    writer.close()

    async def counted() -> list[str]:
        lines = (await gateway.call("GET", "/metrics")).body.decode().splitlines()
        return [line for line in lines if line.startswith("banstream_http_request_seconds_count") and path in line]

    (line,) = await until(counted)
    assert 'status="400"' in line


async def read_all(gateway: Running, *chunks: bytes, gap_seconds: float = 0) -> bytes:
    """What comes back for bytes on a bare connection, until the gateway closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    try:
        for chunk in chunks:
            writer.write(chunk)
            await asyncio.sleep(gap_seconds)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


HEAD = b"POST /check_ban HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer all\r\nContent-Type: application/json\r\n"


async def impatient(start: Start, infractions: Infractions) -> Running:
    await infractions.admit("all", "check")
    gateway = await start(request_timeout_seconds=0.3)
    await until(gateway.is_ready)
    return gateway


@pytest.mark.parametrize("drip", [b"", b"GET / HTTP/1.1\r\n", HEAD])
async def test_headers_that_do_not_come_whole_close_the_connection(
    start: Start, infractions: Infractions, drip: bytes
) -> None:
    gateway = await impatient(start, infractions)
    drips = [bytes([byte]) for byte in drip] or [b""]
    async with asyncio.timeout(20):
        assert await read_all(gateway, *drips, gap_seconds=0.01) == b""


async def test_a_body_that_does_not_come_whole_is_408(start: Start, infractions: Infractions) -> None:
    gateway = await impatient(start, infractions)
    async with asyncio.timeout(20):
        answer = await read_all(gateway, HEAD + b"Content-Length: 100\r\n\r\n{", gap_seconds=0)
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_second_request_on_a_connection_has_the_same_time(start: Start, infractions: Infractions) -> None:
    gateway = await impatient(start, infractions)
    async with asyncio.timeout(20):
        answer = await read_all(gateway, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT", gap_seconds=0.1)
    assert answer.count(b"HTTP/1.1 200") == 1


async def test_a_quiet_connection_is_kept_for_the_next_request(start: Start, infractions: Infractions) -> None:
    gateway = await impatient(start, infractions)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with asyncio.timeout(20):
        answer = await read_all(gateway, request, last, gap_seconds=0.5)
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % number for number in range(1000)) + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
    ],
    ids=range(6),
)
async def test_what_is_no_http_is_a_4xx(gateway: Running, raw: bytes) -> None:
    async with asyncio.timeout(20):
        answer = await read_all(gateway, raw)
    assert answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.0 4")  # noqa: PIE810 - reads better
