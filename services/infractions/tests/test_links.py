"""What two players at one address say of each other, by pure rules."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from services.infractions.tests.scenes import ADMIN, ELSEWHERE, HERE, IDS, OTHER, PLAYER, START

from banstream_contracts.players import Player
from banstream_contracts.queries.linked import KnownThere, Link, SharedAddress
from banstream_infractions.domain.links import LONG, MANY, Exemption, linked


def known(days_ago: int = 0, count: int = 1) -> KnownThere:
    at = START - timedelta(days=days_ago)
    return KnownThere(count=count, first_at=at, last_at=at, infraction_ids=(IDS[0],))


def shared(
    own: KnownThere | None = None, theirs: KnownThere | None = None, *, players: int = 2, address: str = HERE
) -> SharedAddress:
    return SharedAddress(
        address_hash=address, own=own or known(), theirs=theirs or known(), players=players, binds=False
    )


def exemption(whose: Player | None, *exempt: Player, address: str = HERE) -> Exemption:
    return Exemption(IDS[1], address, whose, frozenset(exempt))


def judged(*at: SharedAddress, exemptions: Iterable[Exemption] = ()) -> tuple[str, tuple[str, ...]]:
    link = linked(PLAYER, OTHER, None, at or (shared(),), tuple(exemptions), START)
    return link.strength, link.why


def test_two_who_were_both_known_there_lately_are_strongly_linked() -> None:
    assert judged() == ("strong", ("together",))
    assert judged(shared(known(30), known(30), players=MANY)) == ("strong", ("together",))


@pytest.mark.parametrize(("own", "theirs"), [(31, 0), (0, 31), (31, 31)])
def test_it_says_little_once_one_of_them_was_not_known_there_for_long(own: int, theirs: int) -> None:
    assert timedelta(days=31) > LONG
    assert judged(shared(known(own), known(theirs))) == ("weak", ("old",))


def test_it_says_little_where_many_are_known() -> None:
    assert judged(shared(players=MANY + 1)) == ("weak", ("crowd",))


def test_it_says_little_where_staff_let_somebody_in() -> None:
    assert judged(exemptions=[exemption(ADMIN, Player(service="roblox", id="77"))]) == ("weak", ("shared",))
    assert judged(exemptions=[exemption(ADMIN, OTHER)]) == ("weak", ("shared",))
    assert judged(exemptions=[exemption(None, PLAYER)]) == ("weak", ("shared",)), "of an address alone"
    assert judged(exemptions=[exemption(ADMIN, OTHER, address=ELSEWHERE)]) == ("strong", ("together",))


@pytest.mark.parametrize(("whose", "exempt"), [(PLAYER, OTHER), (OTHER, PLAYER)])
def test_staff_who_let_one_in_from_what_the_other_has_said_that_they_are_two(whose: Player, exempt: Player) -> None:
    assert judged(exemptions=[exemption(whose, exempt)]) == ("none", ("different_people",))
    of_two = (shared(), shared(address=ELSEWHERE))
    assert judged(*of_two, exemptions=[exemption(whose, exempt)]) == ("none", ("different_people",)), "everywhere"


def test_all_that_speaks_against_it_is_told_once() -> None:
    old_and_many = shared(known(99), players=99)
    said = judged(old_and_many, shared(known(99), address=ELSEWHERE), exemptions=[exemption(None, ADMIN)])
    assert said == ("weak", ("shared", "crowd", "old"))


def test_one_address_that_says_much_is_enough() -> None:
    link = linked(PLAYER, OTHER, "Bob", (shared(players=99), shared(address=ELSEWHERE)), (), START)
    assert (link.strength, link.why) == ("strong", ("together",))
    assert (link.player, link.player_name, len(link.addresses)) == (OTHER, "Bob", 2)
    assert Link.model_validate_json(link.model_dump_json()) == link
