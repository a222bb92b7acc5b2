"""Players whom an infraction does not bind, though they come from its address."""

import json
from typing import Any

import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, sealed
from services.infractions.tests.scenes import (
    ADMIN,
    IDS,
    OTHER,
    PLAYER,
    World,
    about,
    address,
    amend,
    by,
    code,
    issue,
    lift,
    make_admin,
    world,
)

from banstream_contracts.admins import Right
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.infractions import MOST_EXEMPT, Infraction, Punishment, Restriction
from banstream_contracts.players import Player, address_token
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.read_models import standing_documents
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, service
from banstream_testing.infractions import issue as issued
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


def exempt(player: Player = OTHER, *, is_exempt: bool = True, infraction_id: str = IDS[0]) -> ExemptPlayer:
    return ExemptPlayer(**about(infraction_id=infraction_id, player=player, is_exempt=is_exempt))


def banned() -> World:
    return world(issue(address=address(), punishments=(Punishment.BAN,)))


def test_who_is_exempt_is_on_the_restriction_until_that_ends() -> None:
    made = banned()
    assert made.infraction().exempt is None
    made.do(exempt(), exempt(ADMIN))
    assert made.infraction().exempt == (OTHER, ADMIN)
    assert standing_of(1, [made.infraction()]).restrictions[0].exempt == (OTHER, ADMIN)
    made.do(exempt(is_exempt=False))
    assert made.infraction().exempt == (ADMIN,)
    made.do(exempt(ADMIN, is_exempt=False))
    assert made.infraction().exempt is None
    assert [each.type for each in made.events] == ["infraction.issued"] + 4 * ["infraction.amended"]


def test_the_same_again_yields_no_event() -> None:
    made = banned()
    assert made.do(exempt(is_exempt=False)).events == ()
    assert len(made.do(exempt()).events) == 1
    assert made.do(exempt()).events == ()


def test_the_same_players_are_the_same_whoever_came_first() -> None:
    """So that whoever was taken out and let in again leaves nothing to be taken back."""
    made = banned()
    made.do(exempt(ADMIN), exempt())
    before = made.infraction()
    made.do(exempt(ADMIN, is_exempt=False), exempt(ADMIN))
    assert made.infraction().exempt == before.exempt == (OTHER, ADMIN)


def test_another_change_leaves_who_is_exempt() -> None:
    made = banned()
    made.do(exempt(), amend(reason="aimbot", duration_seconds=600))
    assert (made.infraction().exempt, made.infraction().reason) == ((OTHER,), "aimbot")


def test_what_cannot_be_is_refused() -> None:
    made = banned()
    made.do(issue(IDS[1], player=OTHER))
    assert code(made.do(exempt(PLAYER))) == "invalid-change", "the infraction is their own"
    assert code(made.do(exempt(ADMIN, infraction_id=IDS[1]))) == "invalid-change", "it is of no address"
    assert code(made.do(exempt(infraction_id=IDS[2]))) == "unknown-infraction"
    made.do(lift())
    assert code(made.do(exempt())) == "ended"


def test_there_is_a_limit_and_room_after_one_has_ended() -> None:
    made = banned()
    many = [Player(service="roblox", id=str(number)) for number in range(100, 100 + MOST_EXEMPT)]
    made.do(*map(exempt, many))
    assert code(made.do(exempt())) == "invalid-change"
    made.do(exempt(many[0], is_exempt=False), exempt())
    assert made.infraction().exempt == (*many[1:], OTHER)


@pytest.mark.parametrize(
    ("rights", "refusal"), [((Right.ISSUE, Right.BAN), "insufficient-rights"), ((Right.EDIT_ALL,), None)]
)
def test_an_admin_exempts_where_they_may_amend(rights: tuple[Right, ...], refusal: str | None) -> None:
    made = banned()
    made.do(make_admin(*rights))
    assert code(made.do(by(exempt(), ADMIN))) == refusal


def document(infraction_id: str, exempt: list[Any] | None, expires_at: str) -> dict[str, Any]:
    restriction = Restriction(
        infraction_id=infraction_id, punishments=("ban",), lifetime="timed", reason="x" * 900, scope="global"
    ).model_dump(mode="json", exclude_none=True)
    named = {"exempt": exempt} if exempt else {}
    return {**restriction, **named, "expires_at": expires_at, "id": infraction_id, "issuer": {}}


def test_of_too_many_restrictions_one_stays_for_those_who_are_exempt_from_the_longest() -> None:
    """Else whoever is exempt from that one would be let in by all others as well."""
    theirs = [{"service": "roblox", "id": "2"}]
    many = [document(f"{number:024x}", None, "2030-01-01T00:00:00Z") for number in range(1000)]
    longest = document("f" * 24, theirs, "2040-01-01T00:00:00Z")
    written = json.loads(standing_documents.written(standing_documents.standing_document(7, [*many, longest])))
    assert [each.get("exempt") for each in written["restrictions"]].count(None) == 1
    assert [each.get("exempt") for each in written["restrictions"]].count(theirs) == 1


async def test_the_bucket_says_who_is_exempt_under_both_keys(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        ban = issued(address=sealed(ADDRESS))
        await to.send(ban)
        result = await to.send(exempt(infraction_id=ban.infraction_id))
        assert result.infractions[0].exempt == (OTHER,)
        for key in (f"roblox={PLAYER.id}", address_token(sealed(ADDRESS).hash)):
            value = await eventually(lambda key=key: _exempt_in(to, key))  # type: ignore[misc] # bound at once
            assert value == [OTHER.model_dump()]


async def _exempt_in(to: Bus, key: str) -> Any:
    entry = await to.entry("restrictions", key)
    return entry and entry["restrictions"][0].get("exempt")


def test_an_older_document_has_nobody_exempt() -> None:
    older = banned().infraction().model_dump_json(exclude_none=True)
    assert Infraction.model_validate_json(older).exempt is None
