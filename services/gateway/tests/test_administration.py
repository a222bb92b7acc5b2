"""Servers and tokens, through HTTP, on a real bus."""

import pytest
from nats.aio.client import Client
from services.gateway.tests.conftest import Reply, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import streams

BOT = {"name": "bot", "scopes": ["check"]}
MAKE = {"Idempotency-Key": "make"}


async def test_a_new_server_works_at_once_and_its_key_is_shown_once(gateway: Running) -> None:
    made = await gateway.call("POST", "/v1/servers", {"name": "EU 1", "game": "tf2"})
    key, server_id = made.json["key"], made.json["id"]
    assert made.status == 201
    assert key.isalnum() and key.startswith("bsk") and len(key) == 51  # noqa: PT018 - one fact
    assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions", secret=key)).status == 200
    assert (await gateway.call("GET", "/v1/servers", secret=key)).status == 403
    listed = await gateway.call("GET", "/v1/servers")
    assert [each["id"] for each in listed.json["items"]] == [server_id]
    assert b"key" not in listed.body
    assert (await gateway.call("DELETE", f"/v1/tokens/{server_id}")).status == 404
    rotated = await gateway.call("POST", f"/v1/servers/{server_id}/rotate")
    assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions", secret=key)).status == 401
    new_key = rotated.json["key"]
    assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions", secret=new_key)).status == 200
    assert (await gateway.call("DELETE", f"/v1/servers/{server_id}")).json["revoked_at"]
    assert (await gateway.call("GET", "/v1/players/roblox/1/restrictions", secret=new_key)).status == 401


async def test_all_that_is_told_of_a_token_is_described(gateway: Running) -> None:
    schemas = (await gateway.call("GET", "/openapi.json")).json["components"]["schemas"]
    made = await gateway.call("POST", "/v1/tokens", BOT)
    listed = (await gateway.call("GET", "/v1/tokens")).json["items"][0]
    assert made.json.keys() <= schemas["NewCredentialAnswer"]["properties"].keys()
    assert listed.keys() <= schemas["CredentialAnswer"]["properties"].keys()


async def test_a_repeat_of_making_a_token_gives_no_second_secret(gateway: Running) -> None:
    key = {"Idempotency-Key": "make"}
    body = {"name": "bot", "scopes": ["check"], "expires_in_seconds": 3600}
    first = await gateway.call("POST", "/v1/tokens", body, headers=key)
    second = await gateway.call("POST", "/v1/tokens", body, headers=key)
    assert first.json["key"].startswith("bst")
    assert second.json["id"] == first.json["id"]
    assert "key" not in second.json
    assert "rotate" in second.json["hint"]
    assert first.json["expires_at"] == second.json["expires_at"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "make"}], ids=["without-a-key", "with-a-key"])
async def test_a_token_that_is_only_accepted_shows_its_secret_too(
    start: Start, infractions: Infractions, headers: dict[str, str]
) -> None:
    gateway = await _hasty(start, infractions)
    await infractions.stop()
    made = await gateway.call("POST", "/v1/tokens", BOT, headers=headers)
    assert (made.status, len(made.json["key"])) == (202, 51)
    await infractions.start()
    await until(lambda: _opens(gateway, made.json["key"]))
    [token] = [each for each in infractions.credentials.values() if each.name == "bot"]
    assert token.id == made.json["id"]


async def test_a_rotation_that_is_only_accepted_shows_its_secret_too(start: Start, infractions: Infractions) -> None:
    token = await infractions.admit("old", "check")
    gateway = await _hasty(start, infractions)
    await infractions.stop()
    path, key = f"/v1/tokens/{token.id}/rotate", {"Idempotency-Key": "rotate"}
    rotated = await gateway.call("POST", path, headers=key)
    assert (rotated.status, rotated.json["id"]) == (202, token.id)
    assert "key" not in (await gateway.call("POST", path, headers=key)).json
    await infractions.start()
    await until(lambda: _opens(gateway, rotated.json["key"]))
    assert not await _opens(gateway, "old")


async def test_a_repeat_of_what_is_only_accepted_shows_no_second_secret_at_any_gateway(
    start: Start, infractions: Infractions
) -> None:
    gateway = await _hasty(start, infractions)
    another = await _hasty(start, infractions)
    await infractions.stop()
    made = await gateway.call("POST", "/v1/tokens", BOT, headers=MAKE)
    for each in (gateway, another):
        for body in (BOT, {**BOT, "scopes": ["check", "punish"]}):
            repeated = await each.call("POST", "/v1/tokens", body, headers=MAKE)
            assert "key" not in repeated.json
    repeated = await another.call("POST", "/v1/tokens", BOT, headers=MAKE)
    assert (repeated.status, "rotate" in repeated.json["hint"]) == (202, True)
    await infractions.start()
    await until(lambda: _opens(gateway, made.json["key"]))
    decided = await until(lambda: _decided(another))
    assert (decided.json["id"], "key" in decided.json) == (made.json["id"], False)


async def test_a_repeat_that_is_stored_again_shows_no_second_secret(
    start: Start, infractions: Infractions, client: Client
) -> None:
    """NATS has forgotten the id, and nobody has carried out the first: only the first secret will ever open."""
    gateway = await _hasty(start, infractions)
    await infractions.stop()
    commands = (await client.jsm().stream_info(streams.COMMANDS)).config
    await client.jsm().update_stream(commands.evolve(duplicate_window=0.1))
    made = await gateway.call("POST", "/v1/tokens", BOT, headers=MAKE)
    assert "key" in made.json

    async def is_stored_again() -> bool:
        assert "key" not in (await gateway.call("POST", "/v1/tokens", BOT, headers=MAKE)).json
        return (await client.jsm().stream_info(streams.COMMANDS)).state.messages > 1

    await until(is_stored_again)
    await infractions.start()
    await until(lambda: _opens(gateway, made.json["key"]))


async def _hasty(start: Start, infractions: Infractions) -> Running:
    """A gateway that hardly waits for results."""
    if not any(each.scopes == ("admin",) for each in infractions.credentials.values()):
        await infractions.admit("all", "admin")
    gateway = await start(command_timeout_seconds=0.2)
    await until(gateway.is_ready)
    return gateway


async def _opens(gateway: Running, secret: str) -> bool:
    return (await gateway.call("GET", "/v1/players/roblox/1/restrictions", secret=secret)).status == 200


async def _decided(gateway: Running) -> Reply | None:
    """The answer of a repeat, once it is more than accepted."""
    repeated = await gateway.call("POST", "/v1/tokens", BOT, headers=MAKE)
    return repeated if repeated.status == 201 else None
