"""What travels on the bus, and what never does."""

import asyncio
import logging

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from services.gateway.tests.conftest import MASTER_KEY, Running, until
from services.gateway.tests.stand_in import Infractions

from banstream_privacy.transit import unseal
from banstream_testing.streams import settled

ADDRESSES = ["192.0.2.77", "2001:db8::77"]


async def test_a_raw_address_is_nowhere_on_the_bus_in_the_logs_or_in_metrics(
    gateway: Running, infractions: Infractions, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[bytes] = []

    async def listen(message: Msg) -> None:
        heard.append(repr((message.subject, message.reply, message.headers, message.data)).encode())

    await client.subscribe(">", cb=listen)
    await settled(client)
    for address in ADDRESSES:
        body = {"player": {"service": "roblox", "id": 1, "ip": address}, "punishments": ["ban"], "reason": "x"}
        assert (await gateway.call("POST", "/v1/infractions", body)).status == 201
        await gateway.call("GET", f"/v1/players/roblox/1/restrictions?ip={address}")
        await gateway.call("POST", "/v1/check", {"players": [{"service": "roblox", "id": 1, "ip": address}]})
    metrics = (await gateway.call("GET", "/metrics")).body
    await until(lambda: any(b"banstream.command" in each for each in heard))
    written = "".join(capfd.readouterr()).encode()
    for address in ADDRESSES:
        assert not any(address.encode() in each for each in [*heard, metrics, written])
    sealed = [
        command.address.sealed
        for command in infractions.carried_out
        if command.type == "issue_infraction" and command.address
    ]
    assert [unseal(MASTER_KEY, each) for each in sealed] == ADDRESSES


UNREADABLE = {
    "bare-line-feeds": b"GET /check_ban?ip=192.0.2.77 HTTP/1.1\nHost: x\nAuthorization: Bearer all-secret\n\n",
    "blank-in-the-path": b"GET /t/all-secret/check_ban?username=a b&ip=192.0.2.77 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no-method": b"all-secret 192.0.2.77\r\n\r\n",
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_not_logged_nor_who_sent_it(
    gateway: Running, sent: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(sent)
    assert (await reader.read()).split()[1] == b"400"
    writer.close()
    written = "".join([caplog.text, *capfd.readouterr()])
    for told in ("all-secret", "192.0.2.77", "from 127.0.0.1"):
        assert told not in written
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


async def test_secrets_of_new_credentials_travel_only_as_hashes(
    gateway: Running, client: Client, infractions: Infractions
) -> None:
    heard: list[bytes] = []

    async def listen(message: Msg) -> None:
        heard.append(message.data)

    await client.subscribe(">", cb=listen)
    await settled(client)
    key = (await gateway.call("POST", "/v1/tokens", {"name": "bot", "scopes": ["check"]})).json["key"]
    await until(lambda: heard)
    assert infractions.carried_out
    assert not any(key.encode() in each for each in heard)


async def test_the_trace_of_a_request_reaches_the_command(
    gateway: Running, client: Client, infractions: Infractions
) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    traceparent = f"00-{trace_id}-00f067aa0ba902b7-01"
    heard: list[Msg] = []

    async def listen(message: Msg) -> None:
        heard.append(message)

    await client.subscribe("banstream.command.>", cb=listen)
    await settled(client)
    body = {"player": {"service": "roblox", "id": 1}, "punishments": ["ban"], "reason": "x"}
    await gateway.call("POST", "/v1/infractions", body, headers={"traceparent": traceparent})
    await until(lambda: heard)
    assert (heard[0].headers or {})["traceparent"].split("-")[1] == trace_id
    assert infractions.carried_out[0].correlation_id.hex == trace_id
    wrong = await gateway.call("POST", "/v1/infractions", {}, headers={"traceparent": traceparent})
    assert wrong.json["trace_id"] == trace_id
