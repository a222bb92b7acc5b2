"""A refused command is an answer: exit code 1, and the reason without advice on tokens."""

from typing import get_args

import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn, problem

from banstream_contracts.results import RefusalCode

USED_WRONGLY = {"idempotency-key-reused"}
HTTP = {"own-infraction": 403, "insufficient-rights": 403, "immune": 403}


@pytest.mark.parametrize("code", sorted({*get_args(RefusalCode)} - USED_WRONGLY - {"failed"}))
async def test_what_a_service_refuses_is_a_no_with_its_reason_alone(run: Run, gateway: StandIn, code: str) -> None:
    gateway.failures = [problem(HTTP.get(code, 409), code, "The command was refused", detail="for this reason")]
    outcome = await run("lift", "roblox:1", "--reason", "x")
    assert (outcome.code, outcome.complaint) == (1, "banstream: The command was refused: for this reason")
