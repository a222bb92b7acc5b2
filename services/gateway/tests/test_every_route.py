"""Every route by every kind of credential, from the route table itself."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions
from services.gateway.tests.stand_in_tracker import Tracker

from banstream_gateway import access
from banstream_gateway.endpoints import Endpoint
from banstream_gateway.routes import ENDPOINTS

SCOPES = ("check", "report", "punish", "admin")
REFUSED = {401, 403}
SPARE = "2" * 24
"""A token that may be revoked and rotated."""

WITH_DATA = [endpoint for endpoint in ENDPOINTS if endpoint.scopes]
OPEN = [endpoint for endpoint in ENDPOINTS if not endpoint.scopes and not endpoint.admits_itself]
OF_FACADES = [endpoint for endpoint in ENDPOINTS if endpoint.admits_itself]
OPEN_PATHS = {
    "/",
    "/asyncapi.json",
    "/docs",
    "/favicon.ico",
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/readyz",
    "/test",
}


def _path(endpoint: Endpoint) -> str:
    """The path with something in every place."""
    examples = {"service": "roblox", "credential_id": SPARE}
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: examples.get(found[1], "1" * 24), endpoint.path)


async def _status(gateway: Running, endpoint: Endpoint, secret: str | None) -> int:
    """Of the head of the answer: some never end."""
    body: dict[str, Any] = {"json": {}} if endpoint.method in {"POST", "PUT", "PATCH"} else {}
    sent = {"Authorization": f"Bearer {secret}"} if secret else {}
    url = gateway.url + _path(endpoint)
    async with gateway.session.request(endpoint.method, url, headers=sent, **body) as response:
        return response.status


@pytest.fixture
async def quick(
    start: Start,
    infractions: Infractions,
    tracker: Tracker,  # noqa: ARG001 - has to run
    monkeypatch: pytest.MonkeyPatch,
) -> Running:
    """A gateway that waits for nobody, and knows a token of each scope, a server, and a revoked token of all."""
    monkeypatch.setattr(access, "FAILURES_BURST", 10_000)
    await infractions.admit("spare", "check", id=SPARE)
    for scope in SCOPES:
        await infractions.admit(scope, scope)
    await infractions.admit("server", "check", "report", kind="server")
    await infractions.admit("revoked", *SCOPES, revoked_at=datetime.now(UTC))
    running = await start(command_timeout_seconds=0.01, query_timeout_seconds=0.2)
    await until(running.is_ready)
    return running


@pytest.mark.parametrize("secret", [None, "wrong", "revoked"], ids=["none", "wrong", "revoked"])
async def test_without_a_good_credential_every_route_with_data_is_401(quick: Running, secret: str | None) -> None:
    found = {(each.method, each.path): await _status(quick, each, secret) for each in WITH_DATA}
    assert len(found) > 50
    assert set(found.values()) == {401}, {route: status for route, status in found.items() if status != 401}


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_opens_its_own_routes_and_no_other(quick: Running, scope: str) -> None:
    wrong = {}
    for endpoint in WITH_DATA:
        status = await _status(quick, endpoint, scope)
        is_refused, should_be = status in REFUSED, scope not in endpoint.scopes
        if is_refused != should_be or (should_be and status != 403):
            wrong[endpoint.method, endpoint.path] = status
    assert not wrong


async def test_a_server_comes_no_further_than_its_scopes(quick: Running) -> None:
    for endpoint in WITH_DATA:
        if not endpoint.scopes & {"check", "report"}:
            assert await _status(quick, endpoint, "server") == 403, endpoint.path


def test_what_a_game_server_may_write_is_named() -> None:
    writing = {each.path for each in WITH_DATA if each.method != "GET" and each.scopes & {"check", "report"}}
    assert writing == {
        "/check_ban",
        "//check_ban",
        "/v1/check",
        "/v1/incidents",
        "/v1/requests",
        "/v1/servers/self/policy",
    }


def test_what_is_open_to_everybody_is_named() -> None:
    assert {endpoint.path for endpoint in OPEN} == OPEN_PATHS


@pytest.mark.parametrize("secret", [None, "wrong", "revoked"], ids=["none", "wrong", "revoked"])
async def test_no_facade_lets_anybody_in_without_a_good_credential(quick: Running, secret: str | None) -> None:
    found = {(each.method, each.path): await _status(quick, each, secret) for each in OF_FACADES}
    assert found
    let_in = {route: status for route, status in found.items() if status < 400}
    assert not let_in
