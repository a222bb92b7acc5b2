"""The pure check against a plain model of what the original does (facts: GFLBans, active infractions)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_edge.check import Asking, strongest
from banstream_gateway.held.standings import Restriction

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVERS = ["a" * 24, "b" * 24]

restrictions = st.builds(
    Restriction,
    infraction_id=st.uuids().map(lambda value: value.hex[:24]),
    punishments=st.lists(st.sampled_from([each.value for each in Punishment]), unique=True, max_size=3).map(tuple),
    lifetime=st.sampled_from([each.value for each in Lifetime]),
    reason=st.just("reason"),
    scope=st.sampled_from([each.value for each in Scope]),
    server_id=st.sampled_from([None, *SERVERS]),
    expires_at=st.sampled_from([None, *(NOW + timedelta(seconds=seconds) for seconds in (-1, 0, 1, 50, 100))]),
    time_left_seconds=st.sampled_from([None, 0, 1, 50, 200]),
)
asking = st.builds(Asking, server_id=st.sampled_from([None, *SERVERS]), include_other_servers=st.booleans())


def end(restriction: Restriction) -> float:
    if restriction.lifetime == "permanent":
        return float("inf")
    by_clock = (restriction.expires_at - NOW).total_seconds() if restriction.expires_at else 0
    if restriction.lifetime == "timed":
        return by_clock
    if restriction.lifetime != "online":
        return 0
    left = restriction.time_left_seconds or 0
    return min(left, by_clock) if restriction.expires_at else left


def binds(restriction: Restriction, asking: Asking) -> bool:
    is_own = asking.server_id is not None and restriction.server_id == asking.server_id
    if asking.include_other_servers:
        return is_own or restriction.scope in {"global", "community"}
    return is_own or restriction.scope == "community"


@given(st.lists(restrictions, max_size=8), asking)
def test_the_check_agrees_with_the_plain_model(held: list[Restriction], asking: Asking) -> None:
    held = [
        Restriction(
            **{
                **{name: getattr(each, name) for name in each.__struct_fields__},
                "expires_at": each.expires_at if each.lifetime in {"timed", "online"} else None,
            }
        )
        for each in held
    ]
    expected = {}
    for punishment in Punishment:
        candidates = [x for x in held if punishment in x.punishments and end(x) > 0 and binds(x, asking)]
        if candidates:
            expected[punishment.value] = max(candidates, key=end)  # max takes the first of equals
    assert strongest(held, asking, NOW) == expected
    assert list(strongest(held, asking, NOW)) == [each for each in Punishment if each in expected]


def restriction(lifetime: str, *punishments: str, **fields: object) -> Restriction:
    return Restriction("0" * 24, punishments, lifetime, "reason", **{"scope": "global", **fields})  # type: ignore[arg-type] # test shorthand


def test_a_session_infraction_never_restricts() -> None:
    assert strongest([restriction("session", "chat_block")], Asking(), NOW) == {}


def test_one_infraction_fills_every_punishment_it_has() -> None:
    assert list(strongest([restriction("permanent", "voice_block", "ban")], Asking(), NOW)) == ["ban", "voice_block"]


def test_a_server_infraction_binds_nobody_when_no_server_asks() -> None:
    held = [restriction("permanent", "ban", scope="server", server_id=SERVERS[0])]
    assert strongest(held, Asking(), NOW) == {}
    assert strongest(held, Asking(SERVERS[1]), NOW) == {}
    assert strongest(held, Asking(SERVERS[0], include_other_servers=False), NOW)


def test_what_counts_time_connected_is_as_strong_as_the_earlier_of_its_ends() -> None:
    by_time = restriction("online", "ban", time_left_seconds=900, expires_at=NOW + timedelta(seconds=10))
    timed = restriction("timed", "ban", expires_at=NOW + timedelta(seconds=60))
    assert strongest([by_time, timed], Asking(), NOW) == strongest([timed, by_time], Asking(), NOW) == {"ban": timed}
