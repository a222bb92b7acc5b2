"""Addresses that staff look for: on a page of its own that is read again, in the session that asked alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to

from banstream_contracts.accounts import Role
from banstream_contracts.sealed import SealedAddress
from banstream_infractions.queries import search_reads
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_testing.infractions import ADDRESS_KEY, MASTER_KEY, issue
from banstream_testing.staff import Signer, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCH = "/console/bans/address"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, made):
        yield made


async def punished(wall: Wall, address: str, *players: str) -> None:
    sealed = SealedAddress(
        hash=address_hash(ADDRESS_KEY, address), sealed=seal(sealing_public_key(MASTER_KEY), address)
    )
    await wall.bus.send_all([issue(player, address=sealed) for player in players])


async def test_what_was_found_is_read_again_by_who_asked_alone(wall: Wall, signer: Signer) -> None:
    address = "192.0.2.31"
    await punished(wall, address, "888001")
    reviewer = await signer.sign_in(Role.REVIEWER)
    found = went_to(await reviewer.post(SEARCH, address=address))
    for path in (found, f"{found}&lang=es"):
        page = await reviewer.get(path)
        assert (page.status, "roblox:888001" in page.text, address in page.text) == (200, True, True)
    assert page.headers["Cache-Control"] == "no-store"
    others = (await signer.sign_in_again(reviewer.account), await signer.sign_in(Role.OWNER))
    for who, path in ((others[0], found), (others[1], found), (reviewer, SEARCH), (reviewer, f"{SEARCH}?of=x")):
        answer = await who.get(path)
        assert (answer.status, answer.headers["Location"]) == (303, "/console/bans")
    assert (await (await signer.sign_in(Role.MODERATOR)).get(found)).status == 403


async def test_an_address_that_has_more_than_is_read_says_so(
    wall: Wall, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, reviewer = "192.0.2.32", await signer.sign_in(Role.REVIEWER)
    await punished(wall, address, "888002", "888003", "888004")
    found = went_to(await reviewer.post(SEARCH, address=address))
    for most, says_so in ((2, True), (3, False)):
        monkeypatch.setattr(search_reads, "_MOST_OF_ADDRESS", most)
        page = (await reviewer.get(f"{found}&lang=en")).text
        assert (f"The newest {most} are shown; there are more." in page) is says_so
        assert sum(f"roblox:{player}" in page for player in (888002, 888003, 888004)) == most
