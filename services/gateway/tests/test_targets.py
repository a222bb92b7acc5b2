"""Targets where there is no notifier; how they work with one is in tests/integration/test_targets.py."""

from typing import Any

from services.gateway.tests.conftest import Running

TARGET = {"name": "Bans", "kind": "discord", "url": "https://discord.com/api/webhooks/1/a-token"}


async def test_without_the_notifiers_key_nothing_is_sealed_and_nothing_sent(gateway: Running) -> None:
    refused = await gateway.call("POST", "/v1/targets", TARGET)
    assert refused.status == 503
    assert "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY" in refused.json["detail"]
    assert "a-token" not in str(refused.json)


async def test_reads_say_who_is_away(gateway: Running) -> None:
    found = await gateway.call("GET", "/v1/targets")
    assert (found.status, "notifier" in found.json["detail"]) == (503, True)


async def test_a_change_changes_something(gateway: Running) -> None:
    bodies: list[dict[str, Any]] = [{}, {"name": None}, {"kind": "webhook"}]
    for body in bodies:
        assert (await gateway.call("PATCH", f"/v1/targets/{'0' * 24}", body)).status == 422
