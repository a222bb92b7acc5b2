"""Addresses of lists that somebody changed by hand: what no page gives is said, and the list does not begin anew."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTS = (
    "/console/bans",
    "/console/requests",
    "/console/appeals",
    "/console/protected",
    "/console/servers",
    "/console/tokens",
    "/console/targets",
    "/console/ban-files",
    "/console/log-sources",
    "/console/audit",
    "/console/players/roblox/5000001",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.OWNER)


@pytest.mark.parametrize(
    "cursor",
    ["zzz", "-5", "%00", "%D9%A1", "5x", "01948f6e79f0a1b2c3d4e5f6x"],
    ids=["letters", "below", "control", "other-digits", "more-than-a-place", "more-than-an-id"],
)
@pytest.mark.parametrize("path", LISTS)
async def test_a_cursor_that_no_page_gives_is_said_and_leads_to_the_first_page(
    owner: Visitor, path: str, cursor: str
) -> None:
    answer = await owner.get(f"{path}?lang=en&cursor={cursor}")
    assert answer.status == 422
    assert "is what the page before gave" in answer.text
    assert f'class="button quiet" href="{path}"' in answer.text
    assert "read the page again in a moment" not in answer.text


async def test_the_cursor_that_a_page_gives_is_taken(owner: Visitor) -> None:
    cursor = "1770493523000000-01948f6e79f0a1b2c3d4e5f6"
    assert (await owner.get(f"/console/bans?cursor={cursor}")).status == 200
