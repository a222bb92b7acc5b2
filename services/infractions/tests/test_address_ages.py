"""How long who comes from the address of a player's infraction is bound, as it is decided."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from services.infractions.tests.scenes import (
    HERE,
    IDS,
    OTHER,
    PLAYER,
    START,
    World,
    address,
    amend,
    by_policy,
    code,
    issue,
    lift,
    lift_all,
    register,
    reinstate,
    world,
)
from services.infractions.tests.test_exempting import exempt
from services.infractions.tests.test_importing import take

from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime, Punishment, Restriction
from banstream_contracts.players import Player
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.domain.restricting import at_address
from banstream_infractions.domain.terms import Terms
from banstream_infractions.read_models import standing_documents

DAY = 86_400
TOMORROW = START + timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def banned(**changes: Any) -> World:
    values = {"address": address(), "punishments": (Punishment.BAN,), "address_duration_seconds": DAY, **changes}
    return world(issue(**values))


def under_address(infraction: Infraction) -> Restriction:
    (restriction,) = standing_of(1, [at_address(infraction)]).restrictions
    document = orjson.loads(infraction.model_dump_json(exclude_none=True))
    written = standing_documents.standing_document(1, [standing_documents.at_address(document)])
    assert Restriction.model_validate(written["restrictions"][0]) == restriction
    return restriction


def until(made: World) -> tuple[Lifetime, datetime | None]:
    """How the infraction ends for who comes from its address."""
    found = under_address(made.infraction())
    return found.lifetime, found.expires_at


def test_the_address_ends_and_the_player_is_banned_as_before() -> None:
    made = banned()
    assert made.infraction().address_expires_at == TOMORROW
    assert until(made) == (Lifetime.TIMED, TOMORROW)
    assert standing_of(1, [made.infraction()]).restrictions[0].lifetime is Lifetime.PERMANENT
    made.pass_time(2 * DAY)
    assert made.infraction().is_in_force(made.now)
    assert [each.type for each in made.events] == ["infraction.issued"]


@pytest.mark.parametrize(
    ("infraction", "expected"),
    [
        ({"address_duration_seconds": None}, (Lifetime.PERMANENT, None)),
        ({"lifetime": Lifetime.TIMED, "duration_seconds": 3600}, (Lifetime.TIMED, START + timedelta(hours=1))),
        ({"lifetime": Lifetime.TIMED, "duration_seconds": 2 * DAY}, (Lifetime.TIMED, TOMORROW)),
        (
            {"lifetime": Lifetime.ONLINE, "duration_seconds": 60, "punishments": (Punishment.VOICE_BLOCK,)},
            (Lifetime.ONLINE, TOMORROW),
        ),
    ],
    ids=["no end", "a shorter ban", "a longer ban", "time connected"],
)
def test_who_comes_from_the_address_is_bound_until_the_earlier_end(
    infraction: dict[str, Any], expected: tuple[Lifetime, datetime | None]
) -> None:
    assert until(banned(**infraction)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"duration_seconds": 3600}, (Lifetime.TIMED, START + timedelta(hours=1))),
        ({"duration_seconds": 5 * DAY}, (Lifetime.TIMED, TOMORROW)),
        ({"duration_seconds": None}, (Lifetime.TIMED, TOMORROW)),
        ({"address_expires_at": None}, (Lifetime.TIMED, START + timedelta(hours=12))),
        ({"address_expires_at": START + MOMENT}, (Lifetime.TIMED, START + MOMENT)),
    ],
    ids=["shorter", "longer", "for good", "as long as the ban", "no more"],
)
def test_a_change_moves_one_end_and_leaves_the_other(
    change: dict[str, Any], expected: tuple[Lifetime, datetime]
) -> None:
    made = banned(lifetime=Lifetime.TIMED, duration_seconds=DAY // 2)
    made.do(amend(**change))
    assert until(made) == expected


def test_what_keeps_another_punishment_keeps_the_end_of_its_address() -> None:
    made = banned(punishments=(Punishment.BAN, Punishment.VOICE_BLOCK))
    made.do(lift_all(punishments=(Punishment.BAN,)))
    assert under_address(made.infraction()).punishments == (Punishment.VOICE_BLOCK,)
    assert until(made) == (Lifetime.TIMED, TOMORROW)


def test_what_is_put_back_after_the_end_of_its_address_binds_nobody_else() -> None:
    made = banned()
    made.do(lift())
    made.pass_time(2 * DAY)
    made.do(reinstate())
    assert made.infraction().is_in_force(made.now)
    assert not made.infraction().holds_address(made.now)
    made.do(amend(address_expires_at=None))
    assert made.infraction().holds_address(made.now)


def test_each_of_two_bans_of_an_address_has_its_own_end() -> None:
    made = banned()
    made.do(issue(IDS[1], player=OTHER, address=address(), address_duration_seconds=2 * DAY))
    ends = [each.expires_at for each in standing_of(1, map(at_address, made.infractions())).restrictions]
    assert ends == [TOMORROW, START + timedelta(days=2)]


@pytest.mark.parametrize(("days", "lifted"), [(0, 1), (1, 0)], ids=["before", "after"])
@pytest.mark.parametrize("player", [OTHER, None], ids=["with a player", "alone"])
def test_a_removal_with_the_address_leaves_whom_it_holds_no_more(player: Player | None, days: int, lifted: int) -> None:
    made = banned()
    made.pass_time(days * DAY)
    decision = made.do(lift_all(player=player, address_hash=HERE))
    assert decision.counts
    assert (decision.counts.considered, decision.counts.lifted) == (lifted, lifted)


def test_the_players_own_removal_finds_it_after_the_end_of_the_address() -> None:
    made = banned()
    made.pass_time(2 * DAY)
    assert len(made.do(lift_all(player=PLAYER, address_hash=HERE)).events) == 1


@pytest.mark.parametrize(("days", "tier"), [(0, 1), (1, 0)], ids=["before", "after"])
def test_whoever_has_the_address_later_begins_at_the_first_tier(days: int, tier: int) -> None:
    made = world(register(tier_ttl_seconds=9 * DAY))
    made.terms = Terms(address_seconds=DAY)
    made.do(by_policy(IDS[0], address=address()))
    made.pass_time(days * DAY)
    made.do(by_policy(IDS[1], at=made.now, player=OTHER, address=address()))
    assert made.infraction(IDS[1]).tier == tier


@pytest.mark.parametrize(("days", "issued"), [(0, 0), (1, 1)], ids=["before", "after"])
def test_the_same_ban_with_the_same_address_is_issued_again_once_that_has_ended(days: int, issued: int) -> None:
    made = banned()
    made.pass_time(days * DAY)
    again = issue(IDS[1], address=address(), punishments=(Punishment.BAN,), unless_in_force=True)
    assert len(made.do(again).events) == issued


def test_whoever_is_exempted_after_the_end_is_so_when_it_is_moved() -> None:
    made = banned()
    made.pass_time(2 * DAY)
    made.do(exempt(), amend(address_expires_at=None))
    assert (until(made), under_address(made.infraction()).exempt) == ((Lifetime.PERMANENT, None), (OTHER,))


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        (issue(address=address()), TOMORROW),
        (issue(address=address(), address_duration_seconds=60), START + timedelta(seconds=60)),
        (issue(address=address(), address_ends_with_it=True), None),
        (issue(player=None, address=address()), None),
        (issue(), None),
        (take(address=address(), began_at=START - timedelta(days=9)), START - timedelta(days=8)),
    ],
    ids=["nothing said", "said", "as long as it", "an address alone", "no address", "imported"],
)
def test_the_installation_says_what_a_command_does_not(issued: Any, expected: datetime | None) -> None:
    made = World(terms=Terms(address_seconds=DAY))
    made.do(issued)
    assert [each.address_expires_at for each in made.infractions()] == [expected]


def test_an_import_that_comes_again_keeps_the_end_that_it_got_first() -> None:
    made = World(terms=Terms(address_seconds=DAY))
    made.do(take(address=address(), began_at=START))
    made.terms = Terms(address_seconds=5 * DAY)
    made.do(take("2", address=address(), began_at=START, reason="edited there"))
    (infraction,) = made.infractions()
    assert (infraction.reason, infraction.address_expires_at) == ("edited there", TOMORROW)


@pytest.mark.parametrize(
    ("first", "expected"), [(address(), None), (None, START - timedelta(days=8))], ids=["had", "new"]
)
def test_an_import_that_comes_again_sets_an_end_to_none_but_a_new_address(
    first: Any, expected: datetime | None
) -> None:
    made = World()
    made.do(take(address=first, began_at=START - timedelta(days=9)))
    made.terms = Terms(address_seconds=DAY)
    made.do(take("2", address=address(), began_at=START - timedelta(days=9), reason="edited there"))
    (infraction,) = made.infractions()
    assert (infraction.reason, infraction.address_expires_at) == ("edited there", expected)


def test_what_has_no_address_beside_a_player_has_no_such_end() -> None:
    made = world(issue(player=None, address=address()), issue(IDS[1]))
    for infraction_id in IDS[:2]:
        assert code(made.do(amend(infraction_id, address_expires_at=TOMORROW))) == "invalid-change"
        assert made.do(amend(infraction_id, address_expires_at=None)).events == ()
    assert code(made.do(issue(IDS[2], address_duration_seconds=60))) == "invalid-change"
    alone = issue(IDS[2], player=None, address=address(), address_duration_seconds=60)
    assert code(made.do(alone)) == "invalid-change"


def test_an_end_in_more_than_a_hundred_years_is_none() -> None:
    made = banned()
    latest = START + timedelta(seconds=MAX_DURATION_SECONDS)
    assert code(made.do(amend(address_expires_at=latest + MOMENT))) == "invalid-change"
    assert code(made.do(amend(address_expires_at=latest))) is None
    assert made.do(amend(address_expires_at=latest)).events == ()


def test_of_too_many_gags_by_time_connected_one_stays_for_each_end_of_the_address() -> None:
    """Else the one with the most time left would stand for those that bind longer by the clock."""
    shared = {"punishments": ["voice_block"], "lifetime": "online", "reason": "x" * 900, "scope": "global"}
    late, early = "2040-01-01T00:00:00Z", "2030-01-01T00:00:00Z"
    gags: list[dict[str, Any]] = [
        {**shared, "id": f"{number:024x}", "issuer": {}, "time_left_seconds": 60, "expires_at": late}
        for number in range(1000)
    ]
    longest = {**gags[0], "id": "f" * 24, "time_left_seconds": 9000, "expires_at": early}
    entry = orjson.loads(standing_documents.written(standing_documents.standing_document(7, [*gags, longest])))
    assert {each["expires_at"] for each in entry["restrictions"]} == {early, late}


def test_of_more_ends_than_fit_what_no_such_end_frees_is_kept_first() -> None:
    """Else the address is free of it when the last of these ends, of which no event tells."""
    shared = {"punishments": ["voice_block"], "reason": "x" * 900, "scope": "global", "issuer": {}}
    online = {**shared, "lifetime": "online", "time_left_seconds": 60}
    gags: list[dict[str, Any]] = [
        {**online, "id": f"{number:024x}", "expires_at": (START + number * MOMENT).isoformat()}
        for number in range(3000)
    ]
    unending: list[dict[str, Any]] = [{**shared, "id": "e" * 24, "lifetime": "permanent"}, {**online, "id": "f" * 24}]
    entry = orjson.loads(standing_documents.written(standing_documents.standing_document(7, [*gags, *unending])))
    ids = [each["infraction_id"] for each in entry["restrictions"]]
    assert {"e" * 24, "f" * 24} < {*ids}
    assert 1000 < len(ids) < 3000


def test_an_older_document_binds_its_address_as_long_as_it_lasts() -> None:
    older = banned(address_duration_seconds=None).infraction().model_dump_json(exclude_none=True)
    infraction = Infraction.model_validate_json(older)
    assert (infraction.address_expires_at, at_address(infraction)) == (None, infraction)
