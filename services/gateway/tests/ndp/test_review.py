"""Tokens and servers under review: they ask, and never punish."""

from typing import Any

import pytest
from services.gateway.tests.conftest import Running
from services.gateway.tests.ndp.domain import ListingInfractions
from services.gateway.tests.ndp.sent import add_ban


async def test_a_server_under_review_may_not_punish(gateway: Running, infractions: ListingInfractions) -> None:
    made = await gateway.call("POST", "/v1/servers", {"name": "Survival", "review": True})
    assert (made.status, made.json["review"], made.json["scopes"]) == (201, True, ["check", "report"])
    queued = await add_ban(gateway, verification=made.json["key"])
    assert (queued.status, queued.json["status"]) == (202, "pending_review")
    command: Any = infractions.carried_out[-1]
    assert command.server_id == made.json["id"]
    body = {"player": {"service": "minecraft", "id": "Griefer"}, "punishments": ["ban"], "reason": "x"}
    assert (await gateway.call("POST", "/v1/infractions", body, secret=made.json["key"])).status == 403


@pytest.mark.parametrize(
    ("scopes", "status"), [(["check", "report"], 201), (["report", "punish"], 422), (["check"], 422)]
)
async def test_a_token_under_review_reports_and_does_not_punish(
    gateway: Running, scopes: list[str], status: int
) -> None:
    made = await gateway.call("POST", "/v1/tokens", {"name": "queue", "scopes": scopes, "review": True})
    assert made.status == status
