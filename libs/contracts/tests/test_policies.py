"""What a policy never does, and bans for good, stay so wherever the policy travels."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from banstream_contracts.commands.abuse import ABUSE_COMMAND, SetPolicy
from banstream_contracts.commands.encoding import encoded
from banstream_contracts.events.abuse import ABUSE_EVENT, PolicySet
from banstream_contracts.events.event import stored
from banstream_contracts.infractions import Actor
from banstream_contracts.policies import Policy, PolicyVersion, Thresholds
from banstream_contracts.public_events import PUBLIC_EVENT, published
from banstream_contracts.queries.simulation import SimulatePolicy
from banstream_contracts.results import CommandResult

ID = UUID(int=1)
ALICE = Actor(kind="person", id="1")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
NEVER = Policy(thresholds=Thresholds(warn=None, kick=None, ban=None), ban_duration_seconds=None)


def event(policy: Policy) -> PolicySet:
    return PolicySet(policy_id="default", version=1, policy=policy, actor=ALICE, occurred_at=NOW)


def in_the_log(policy: Policy) -> Any:
    return ABUSE_EVENT.validate_python(stored(event(policy)))


def on_the_bus(policy: Policy) -> Any:
    return PUBLIC_EVENT.validate_python(published(stored(event(policy))))


def in_a_command(policy: Policy) -> Any:
    command = SetPolicy(
        command_id=ID, correlation_id=ID, issued_at=NOW, actor=ALICE, policy_id="default", policy=policy
    )
    return ABUSE_COMMAND.validate_json(encoded(command))


def in_a_result(policy: Policy) -> Any:
    result = CommandResult(command_id=ID, status="applied", position=1, policy=PolicyVersion(policy=policy))
    return CommandResult.model_validate_json(result.model_dump_json(exclude_none=True)).policy


def in_a_question(policy: Policy) -> Any:
    return SimulatePolicy.model_validate_json(SimulatePolicy(policy=policy).model_dump_json(exclude_none=True))


WAYS = [in_the_log, on_the_bus, in_a_command, in_a_result, in_a_question]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("policy", [NEVER, Policy()], ids=["never", "default"])
def test_a_policy_is_the_same_after_every_way(way: Callable[[Policy], Any], policy: Policy) -> None:
    assert way(policy).policy == policy


def test_a_log_that_holds_no_nulls_is_read_as_it_was_meant() -> None:
    kept = stored(event(NEVER.model_copy(update={"thresholds": Thresholds(warn=None, kick=5, ban=None)})))
    del (
        kept["policy"]["ban_duration_seconds"],
        kept["policy"]["thresholds"]["warn"],
        kept["policy"]["thresholds"]["ban"],
    )
    read: Any = ABUSE_EVENT.validate_python(kept)
    assert read.policy.ban_duration_seconds is None
    assert read.policy.thresholds == Thresholds(warn=None, kick=5, ban=None)


def test_what_was_not_set_is_not_written_where_only_what_was_set_is_wanted() -> None:
    wished = Policy(thresholds=Thresholds(ban=None))
    assert wished.model_dump(exclude_unset=True) == {"thresholds": {"ban": None}}


def test_no_zero_has_a_sign_that_postgres_would_not_keep() -> None:
    assert str(stored(event(Policy(coalesce_seconds=-0.0)))["policy"]["coalesce_seconds"]) == "0.0"
