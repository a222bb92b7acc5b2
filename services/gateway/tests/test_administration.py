"""Servers and tokens, through HTTP, on a real bus."""

from services.gateway.tests.conftest import Running, Start, until
from services.gateway.tests.stand_in import Infractions


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


async def test_a_token_that_is_only_accepted_shows_its_secret_too(start: Start, infractions: Infractions) -> None:
    await infractions.admit("all", "admin")
    gateway = await start(command_timeout_seconds=0)
    await until(gateway.is_ready)
    await infractions.stop()
    made = await gateway.call("POST", "/v1/tokens", {"name": "bot", "scopes": ["check"]})
    assert (made.status, len(made.json["key"])) == (202, 51)
    repeated = await gateway.call(
        "POST", "/v1/tokens", {"name": "bot", "scopes": ["check"]}, headers={"Idempotency-Key": "x"}
    )
    assert "key" not in repeated.json
