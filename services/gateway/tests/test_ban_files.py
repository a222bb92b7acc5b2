"""Ban files where there is no ftp-sync; how they are kept with one is in tests/integration/test_ban_files.py."""

from typing import Any

import pytest
from services.gateway.tests.conftest import Running

PLACE = {"kind": "ftp", "host": "game.example.net", "user": "u", "path": "ban.txt"}
BODY = {"name": "Bans", "format": "dayz", "place": PLACE, "password": "hunter2"}


async def test_without_the_key_of_ftp_sync_nothing_is_sealed_and_nothing_sent(gateway: Running) -> None:
    refused = await gateway.call("POST", "/v1/ban-files", BODY)
    assert refused.status == 503
    assert "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY" in refused.json["detail"]
    assert "hunter2" not in str(refused.json)


async def test_reads_say_who_is_away(gateway: Running) -> None:
    found = await gateway.call("GET", "/v1/ban-files")
    assert (found.status, "tp-sync" in found.json["detail"]) == (503, True)


@pytest.mark.parametrize(
    "change",
    [
        {"place": {**PLACE, "kind": "local"}},
        {"place": {**PLACE, "path": None}},
        {"place": {**PLACE, "path": "ban.txt\r\nDELE x"}},
        {"place": {**PLACE, "fingerprint": "SHA256:" + "A" * 43}},
        {"place": {**PLACE, "password": "hunter2"}},
        {"format": "unknown"},
        {"password": "x" * 2000},
        {"filters": {"scopes": ["global", "global"]}},
    ],
    ids=["kind", "no-path", "control", "fingerprint", "unknown-field", "format", "long", "twice"],
)
async def test_a_place_that_cannot_be_is_refused_at_the_edge(gateway: Running, change: dict[str, Any]) -> None:
    refused = await gateway.call("POST", "/v1/ban-files", {**BODY, **change})
    assert refused.status == 422
    assert "hunter2" not in str(refused.json)


async def test_a_change_changes_something(gateway: Running) -> None:
    bodies: list[dict[str, Any]] = [{}, {"name": None}, {"format": "rust"}]
    for body in bodies:
        assert (await gateway.call("PATCH", f"/v1/ban-files/{'0' * 24}", body)).status == 422
