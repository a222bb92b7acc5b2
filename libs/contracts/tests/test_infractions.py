"""When an infraction is in force."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status, ordered
from banstream_contracts.queries.infractions import InfractionFound

NOW = datetime(2025, 1, 22, 20, 15, tzinfo=UTC)
TICK = timedelta(microseconds=1)

moments = st.datetimes(timezones=st.just(UTC))


def infraction(**changes: Any) -> Infraction:
    found = EXAMPLES[InfractionFound]
    assert isinstance(found, InfractionFound)
    assert found.infraction is not None
    return found.infraction.model_copy(update={"status": Status.ACTIVE, **changes})


@given(moments)
def test_a_permanent_one_always_is(now: datetime) -> None:
    assert infraction(lifetime=Lifetime.PERMANENT, expires_at=None).is_in_force(now)


@given(moments)
def test_a_session_one_never_is(now: datetime) -> None:
    assert not infraction(lifetime=Lifetime.SESSION).is_in_force(now)


def test_a_timed_one_is_until_its_end() -> None:
    timed = infraction(lifetime=Lifetime.TIMED, expires_at=NOW)
    assert timed.is_in_force(NOW - TICK)
    assert not timed.is_in_force(NOW)
    assert not timed.is_in_force(NOW + TICK)


def test_the_end_is_compared_across_time_zones() -> None:
    timed = infraction(lifetime=Lifetime.TIMED, expires_at=NOW.astimezone(timezone(timedelta(hours=-9))))
    assert timed.is_in_force((NOW - TICK).astimezone(timezone(timedelta(hours=9))))
    assert not timed.is_in_force(NOW.astimezone(timezone(timedelta(hours=9))))


def test_a_timed_one_without_an_end_is_not() -> None:
    assert not infraction(lifetime=Lifetime.TIMED, expires_at=None).is_in_force(NOW)


@pytest.mark.parametrize(("left", "expected"), [(None, False), (-1, False), (0, False), (1, True)])
def test_an_online_one_is_while_time_is_left(left: int | None, expected: bool) -> None:
    assert infraction(lifetime=Lifetime.ONLINE, time_left_seconds=left).is_in_force(NOW) is expected


@given(st.sampled_from([Status.LIFTED, Status.EXPIRED]), st.sampled_from(Lifetime), moments)
def test_one_that_has_ended_never_is(status: Status, lifetime: Lifetime, now: datetime) -> None:
    assert not infraction(status=status, lifetime=lifetime, time_left_seconds=60).is_in_force(now)


@given(st.lists(st.sampled_from(Punishment)))
def test_ordering_makes_a_set(punishments: list[Punishment]) -> None:
    result = ordered(tuple(punishments))
    assert set(result) == set(punishments)
    assert len(result) == len(set(result))
    assert result == ordered(tuple(reversed(punishments)))
