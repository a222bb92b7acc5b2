"""How long addresses are bound, as the running service keeps and tells it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from services.infractions.tests.ban_list_commands import ADDRESS, minecraft_ban, sealed
from services.infractions.tests.scenes import amend, lift, reinstate
from services.infractions.tests.test_ban_list import listed
from services.infractions.tests.test_exempting import exempt
from services.infractions.tests.test_reviewing import approve
from services.infractions.tests.test_reviewing import ask as requested
from services.infractions.tests.test_running_imports import ask

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import address_token
from banstream_infractions.operations import rebuild
from banstream_infractions.settings import Settings
from banstream_testing.fixtures import Database
from banstream_testing.infractions import MASTER_KEY, Bus, bus, issue, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration

HASH = sealed(ADDRESS).hash
DAYS = timedelta(days=30)


@pytest.fixture
async def to(nats: NatsServer, database: Database) -> AsyncIterator[Bus]:
    async with bus(nats) as made, service(nats, database, address_days=30):
        yield made


async def test_gateways_are_told_the_end_of_the_address_under_its_key_alone(to: Bus, database: Database) -> None:
    ban = minecraft_ban("Griefer", address=sealed(ADDRESS))
    result = await to.send(ban)
    assert ban.player
    end = ends_at(result.infractions[0])
    assert end == result.infractions[0].issued_at + DAYS
    in_result = result.standings or {}
    assert in_result[address_token(HASH)].restrictions[0].expires_at == end
    assert await kept(to, ban.player.token) == ("permanent", None)
    assert await kept(to, address_token(HASH)) == ("timed", end)
    assert datetime.fromisoformat((await listed(to, ban.infraction_id, result.position))["address_expires_at"]) == end
    await rebuild(database.admin_url, lambda _position, _head: None)
    await to.send(exempt(infraction_id=ban.infraction_id))
    assert await kept(to, address_token(HASH)) == ("timed", end), "by a later event, from the rebuilt model"
    await to.send_all([minecraft_ban("Griefer", punishments=()) for _ in range(60)])
    await to.send(lift(ban.infraction_id))
    back = await to.send(reinstate(ban.infraction_id))
    assert ends_at(back.infractions[0]) == end, "by the document of a long stream"
    assert await kept(to, address_token(HASH)) == ("timed", end)


async def kept(to: Bus, key: str) -> tuple[str, datetime | None]:
    """How the newest standing in the bucket says that the ban ends."""

    async def restriction() -> Any:
        entry = await to.entry("restrictions", key)
        reached = await to.entry("restrictions", "position")
        head = (await ask(to, subjects.QUERY_INFRACTIONS, limit=1))["items"][0]["position"]
        return entry["restrictions"] if entry and (reached or 0) >= head else None

    (found,) = await eventually(restriction)
    return found["lifetime"], found.get("expires_at") and datetime.fromisoformat(found["expires_at"])


def ends_at(infraction: Infraction) -> datetime:
    assert infraction.address_expires_at
    return infraction.address_expires_at


async def test_what_binds_the_address_no_more_is_in_force_for_its_player_alone(to: Bus) -> None:
    ban = issue("5", address=sealed(ADDRESS))
    issued = (await to.send(ban)).infractions[0]
    assert (await found(to, address_hash=HASH), await found(to, player=player_of(ban))) == ([ban.infraction_id],) * 2
    await to.send(amend(ban.infraction_id, address_expires_at=issued.issued_at))
    assert (await found(to, address_hash=HASH), await found(to, player=player_of(ban))) == ([], [ban.infraction_id])
    assert await found(to, address_hash=HASH, player=player_of(ban)) == [ban.infraction_id]
    assert await found(to, address_hash=HASH, active=None) == [ban.infraction_id], "what was stays known"


def player_of(command: IssueInfraction) -> dict[str, str]:
    assert command.player
    return command.player.model_dump()


async def found(to: Bus, *, active: bool | None = True, **whom: Any) -> list[str]:
    page = await ask(to, subjects.QUERY_FIND, active=active, **whom)
    return [each["id"] for each in page["items"]]


async def test_a_ban_that_staff_approve_has_it_too(to: Bus) -> None:
    await to.send(requested(address=sealed(ADDRESS)))
    banned = (await to.send(approve(is_permanent=True))).infractions[0]
    assert ends_at(banned) == banned.issued_at + DAYS


@pytest.mark.parametrize(("given", "seconds"), [("", None), ("30", 30 * 86_400), ("0.5", 43_200)])
def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch, given: str, seconds: int | None) -> None:
    monkeypatch.setenv("BANSTREAM_DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    monkeypatch.setenv("BANSTREAM_MASTER_KEY", MASTER_KEY.hex())
    monkeypatch.setenv("BANSTREAM_ADDRESS_DAYS", given)
    assert Settings().terms().address_seconds == seconds


@pytest.mark.parametrize("given", ["0", "-1", "soon", "36501"])
def test_a_setting_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("BANSTREAM_DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    monkeypatch.setenv("BANSTREAM_MASTER_KEY", MASTER_KEY.hex())
    monkeypatch.setenv("BANSTREAM_ADDRESS_DAYS", given)
    with pytest.raises(ValueError, match="address_days"):
        Settings()
