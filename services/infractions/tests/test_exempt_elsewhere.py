"""What else is decided about players who are exempt, and about what they are exempt from."""

import json
from datetime import timedelta
from typing import Any

import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, minecraft_ban, sealed
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
from services.infractions.tests.test_erasing import decided, erase, erased_in, lifted_in
from services.infractions.tests.test_exempting import document, exempt
from services.infractions.tests.test_importing import SECOND, take, take_back
from services.infractions.tests.test_running_erasures import found

from banstream_contracts.infractions import MOST_EXEMPT, Lifetime, Punishment, Status
from banstream_contracts.players import Player, address_token
from banstream_infractions.domain.infraction_states import standing_of
from banstream_infractions.operations import rebuild
from banstream_infractions.read_models import standing_documents
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


def banned(**changes: Any) -> World:
    return world(issue(**{"address": address(), "punishments": (Punishment.BAN,), **changes}))


def test_who_was_exempt_before_it_was_lifted_is_so_when_it_is_put_back() -> None:
    made = banned()
    made.do(exempt(), lift())
    assert standing_of(1, [made.infraction()]).restrictions == ()
    made.do(reinstate())
    assert standing_of(1, [made.infraction()]).restrictions[0].exempt == (OTHER,)


def test_nobody_is_exempted_from_what_has_come_to_its_end() -> None:
    made = banned(lifetime=Lifetime.TIMED, duration_seconds=60)
    made.do(exempt())
    assert made.infraction().expires_at == START + timedelta(seconds=60)
    made.pass_time(61)
    assert (made.infraction().status, made.infraction().exempt) == (Status.EXPIRED, (OTHER,))
    for change in (exempt(is_exempt=False), exempt(Player(service="roblox", id="3"))):
        assert code(made.do(change)) == "ended"


@pytest.mark.parametrize(
    ("player", "lifted"),
    [(OTHER, 0), (Player(service="roblox", id="3"), 1), (None, 1)],
    ids=["exempt", "somebody else", "the address alone"],
)
def test_who_is_exempt_takes_nobody_elses_ban_with_them(player: Player | None, lifted: int) -> None:
    made = banned()
    decision = made.do(exempt(), lift_all(player=player, address_hash=HERE))
    assert decision.counts
    assert (decision.counts.considered, decision.counts.lifted) == (lifted, lifted)


@pytest.mark.parametrize("is_exempt", [True, False])
def test_what_an_exempt_player_did_not_do_counts_for_no_tier_of_theirs(*, is_exempt: bool) -> None:
    made = world(register(), by_policy(IDS[0], address=address()))
    if is_exempt:
        made.do(exempt())
    made.do(by_policy(IDS[1], player=OTHER, address=address()))
    assert made.infraction(IDS[1]).tier == (0 if is_exempt else 1)


def test_a_ban_of_the_address_alone_is_not_that_of_who_is_exempt_from_it_and_erased() -> None:
    made = world(issue(punishments=(), address=address()), issue(IDS[1], player=None, address=address()))
    made.do(exempt(PLAYER, infraction_id=IDS[1]))
    decision = decided(made, erase())
    assert (code(decision), lifted_in(decision)) == (None, set())
    assert (erased_in(decision).address_hashes, erased_in(decision).infraction_ids) == ((), ())
    assert made.infraction(IDS[1]).is_in_force(made.now)


def test_an_import_leaves_what_somebody_is_exempt_from_as_it_is() -> None:
    made = world(take(address=address()))
    made.do(exempt())
    assert code(made.do(take("2", SECOND, address=address(), reason="edited there"))) == "changed-here"
    assert code(made.do(take_back())) == "changed-here"
    assert (made.infraction().reason, made.infraction().exempt) == ("aimbot", (OTHER,))


def test_a_change_of_the_server_or_the_end_leaves_who_is_exempt() -> None:
    made = banned(lifetime=Lifetime.TIMED, duration_seconds=600)
    made.do(exempt(), amend(duration_seconds=None), amend(server_id=None, scope="community"))
    assert (made.infraction().lifetime, made.infraction().exempt) == (Lifetime.PERMANENT, (OTHER,))


async def test_a_rebuild_a_long_stream_and_an_erasure_keep_who_is_exempt(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        ban = minecraft_ban("Griefer", address=sealed(ADDRESS))
        await to.send(ban)
        await to.send(exempt(infraction_id=ban.infraction_id))
        await rebuild(database.admin_url, lambda _position, _head: None)
        key = address_token(sealed(ADDRESS).hash)
        entry = await eventually(lambda: to.entry("restrictions", key))
        assert entry["restrictions"][0]["exempt"] == [OTHER.model_dump()]
        await to.send_all([minecraft_ban("Griefer", punishments=()) for _ in range(60)])
        changed = await to.send(amend(ban.infraction_id, reason="by its document"))
        assert changed.infractions[0].exempt == (OTHER,)
        assert ban.player
        await to.send(erase(player=ban.player, lift=True))
        ended = await found(to, ban.infraction_id)
    assert ended.infraction
    assert (ended.infraction.status, ended.infraction.exempt) == (Status.LIFTED, (OTHER,))


def test_of_bans_that_exempt_ever_different_players_a_few_bind_everybody_as_long_as_all_of_them_do() -> None:
    """An entry has a limit: a line of an address for each set of exempt players would leave out other kinds."""
    everybody = range(MOST_EXEMPT * 2)
    bans = []
    for number in range(1000):
        let_in = [{"service": "roblox", "id": str((number + each) % len(everybody))} for each in range(MOST_EXEMPT)]
        bans.append(document(f"{number:024x}", let_in, f"{2030 + number}-01-01T00:00:00Z"))
    mute = document("f" * 24, None, "2030-01-01T00:00:00Z") | {"punishments": ["voice_block"]}
    entry = standing_documents.written(standing_documents.standing_document(7, [*bans, mute]))
    assert len(entry) <= standing_documents.MOST_BYTES
    *kept, last = json.loads(entry)["restrictions"]
    assert last["punishments"] == ["voice_block"]
    assert len(kept) <= MOST_EXEMPT + 1
    for player in everybody:
        assert _bound_until(kept, player) == _bound_until(bans, player)


def _bound_until(bans: list[dict[str, Any]], player: int) -> str:
    ends = [each["expires_at"] for each in bans if {"service": "roblox", "id": str(player)} not in each["exempt"]]
    return str(max(ends))
