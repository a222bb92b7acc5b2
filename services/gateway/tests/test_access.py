"""Who comes in, and who does not."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_runtime.logs import configure_logs

CHECK = "/v1/players/roblox/1/restrictions"


async def test_every_form_of_a_credential_is_accepted(gateway: Running, infractions: Infractions) -> None:
    server = await infractions.admit("key", "check", kind="server")
    forms: list[tuple[str, dict[str, str]]] = [
        (CHECK, {"Authorization": "Bearer key"}),
        (CHECK, {"Authorization": "bearer  key"}),
        (CHECK, {"Authorization": "BEARER key"}),
        (CHECK, {"Authorization": f"SERVER {server.id} key"}),
        (CHECK, {"Authorization": f"Server {server.id} key"}),
        (f"/t/key{CHECK}", {}),
    ]
    for path, headers in forms:
        assert (await gateway.call("GET", path, secret=None, headers=headers)).status == 200, headers


async def test_what_is_wrong_with_a_credential_is_never_told(gateway: Running, infractions: Infractions) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    await infractions.admit("revoked", "check", revoked_at=past)
    await infractions.admit("expired", "check", expires_at=past)
    server = await infractions.admit("server", "check", kind="server")
    await infractions.admit("token", "check")
    headers = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer revoked"},
        {"Authorization": "Bearer expired"},
        {"Authorization": "Basic c2VydmVy"},
        {"Authorization": f"SERVER {server.id} wrong"},
        {"Authorization": f"SERVER {'0' * 24} server"},
        {"Authorization": f"SERVER {server.id} token"},
        {"Authorization": "Bearer " + "x" * 8000},
        {"Authorization": "Bearer \udcff".encode("utf-8", "surrogateescape").decode("latin-1")},
    ]
    answers = [await gateway.call("GET", CHECK, secret=None, headers=each) for each in headers]
    answers.append(await gateway.call("GET", f"/t/wrong{CHECK}", secret=None))
    assert {answer.status for answer in answers} == {401}
    bodies = [{name: value for name, value in each.json.items() if name != "trace_id"} for each in answers]
    assert all(body == bodies[0] for body in bodies)
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_revoked_credential_is_refused_within_a_second(gateway: Running, infractions: Infractions) -> None:
    made = await infractions.admit("short-lived", "check")
    await until(lambda: is_status(gateway, "short-lived", 200))
    await infractions.admit("short-lived", "check", id=made.id, revoked_at=datetime.now(UTC))
    assert await seconds_until_refused(gateway, "short-lived") < 1


async def test_a_rotated_secret_ends_within_a_second(gateway: Running, infractions: Infractions) -> None:
    made = await infractions.admit("old", "check")
    await until(lambda: is_status(gateway, "old", 200))
    await infractions.admit("new", "check", id=made.id)
    assert await seconds_until_refused(gateway, "old") < 1
    assert await is_status(gateway, "new", 200)


async def seconds_until_refused(gateway: Running, secret: str) -> float:
    """Of this process, in which the gateway is: what a busy machine gives to others does not count."""
    began = time.process_time()
    await until(lambda: is_status(gateway, secret, 401))
    return time.process_time() - began


async def is_status(gateway: Running, secret: str, status: int) -> bool:
    return (await gateway.call("GET", CHECK, secret=secret)).status == status


@pytest.mark.parametrize(
    ("scope", "method", "path", "body"),
    [
        ("punish", "GET", CHECK, None),
        ("punish", "POST", "/v1/check", {"players": []}),
        ("punish", "POST", "/check_ban", {}),
        ("check", "POST", "/ban", {"user_id": 1}),
        ("check", "POST", "/v1/infractions", {}),
        ("check", "POST", "/v1/players/roblox/1/lift", {}),
        ("check", "PATCH", f"/v1/infractions/{'0' * 24}", {}),
        ("report", "GET", "/v1/infractions", None),
        ("punish", "GET", "/v1/servers", None),
        ("punish", "POST", "/v1/tokens", {}),
        ("punish", "DELETE", f"/v1/servers/{'0' * 24}", None),
    ],
)
async def test_another_scope_is_not_enough(
    gateway: Running, infractions: Infractions, scope: Any, method: str, path: str, body: object
) -> None:
    await infractions.admit("limited", scope)
    await until(lambda: gateway.gateway.credentials.find("limited"))
    answer = await gateway.call(method, path, body, secret="limited")
    assert answer.status == 403
    assert infractions.carried_out == []


async def test_a_credential_that_comes_too_often_waits(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "check")
    gateway = await start(rate_limit_per_second=0.02, rate_limit_burst=3)
    await until(gateway.is_ready)
    answers = [await gateway.call("GET", CHECK) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 51
    limited = await gateway.call("POST", "/check_ban", {"user_id": 1})
    assert (limited.status, limited.json["status"]) == (429, "fail")


async def test_guessing_is_limited_by_address_and_does_not_lock_out_the_rightful(gateway: Running) -> None:
    statuses = [(await gateway.call("GET", CHECK, secret="wrong")).status for _ in range(80)]
    assert statuses[:50] == [401] * 50
    assert 429 in statuses
    assert (await gateway.call("GET", CHECK)).status == 200


async def test_nobody_who_guesses_gets_around_the_limit_by_naming_another_address(gateway: Running) -> None:
    statuses = []
    for number in range(80):
        address = f"203.0.113.{number}"
        said = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}
        statuses.append((await gateway.call("GET", CHECK, secret="wrong", headers=said)).status)
    assert 429 in statuses


@pytest.mark.parametrize(
    "said",
    [
        "203.0.113.7:{port}",
        "198.51.100.{port}, 203.0.113.7",
        "[::ffff:203.0.113.7]:{port}",
        "2001:db8::{port}",
    ],
    ids=str,
)
async def test_behind_a_proxy_wrong_credentials_count_by_the_address_that_it_saw(
    start: Start, infractions: Infractions, said: str
) -> None:
    await infractions.admit("all", "check")
    gateway = await start(http_trusted_proxies=1)
    await until(gateway.is_ready)
    statuses = [await guessed(gateway, said.format(port=port)) for port in range(80)]
    assert 429 in statuses
    assert await guessed(gateway, "203.0.113.8:1") == 401
    assert await guessed(gateway, "2001:db8:0:1::1") == 401


async def guessed(gateway: Running, forwarded: str) -> int:
    """What a wrong credential is answered that came by a proxy."""
    return (await gateway.call("GET", CHECK, secret="wrong", headers={"X-Forwarded-For": forwarded})).status


async def test_secrets_are_never_logged(gateway: Running, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("gateway", "DEBUG")
    for secret in ("SECRETwrong", "all"):
        await gateway.call("GET", f"/t/{secret}/v1/nothing", secret=None)
        await gateway.call("GET", f"/t/{secret}{CHECK}", secret=None)
        await gateway.call("POST", f"/t/{secret}/v1/infractions", {"reason": "SECRETreason"}, secret=None)
        await gateway.call("GET", CHECK, secret=secret)
    metrics = await gateway.call("GET", "/metrics")
    written = capfd.readouterr()
    assert "credential_refused" in written.out
    for text in (written.out, written.err, metrics.body.decode()):
        assert "SECRET" not in text
        assert "/t/all" not in text


async def test_before_credentials_are_loaded_nobody_is_told_that_theirs_is_wrong(start: Start) -> None:
    gateway = await start(nats_url="nats://127.0.0.1:1")
    answer = await gateway.call("GET", CHECK)
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    ban = await gateway.call("POST", "/ban", {"user_id": 1})
    assert (ban.status, ban.json["status"]) == (503, "fail")
    assert (await gateway.readiness())["status"] == "unready"
    assert (await gateway.call("GET", "/readyz")).status == 503
    assert (await gateway.call("GET", "/healthz")).status == 200
