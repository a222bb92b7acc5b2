"""What two people do at once: who comes second reads that nothing was left to do."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_testing.staff import Signer, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

SO_ALREADY = "Nothing had to be done: it was so already."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, made):
        yield made


async def test_who_lifts_or_puts_back_what_somebody_else_has_is_not_told_that_it_was_them(
    wall: Wall, signer: Signer
) -> None:
    first, second = [await signer.sign_in(Role.REVIEWER, name=name) for name in ("First", "Second")]
    path = f"/console/bans/{await wall.ban('Two At Once')}"
    for what in ("lift", "reinstate", "lift"):
        form = {"step": "confirm", "reason": what}
        told = [await person.post(f"{path}/{what}", **form) for person in (first, second)]
        assert [each.headers["Location"] for each in told] == [f"{path}?said=done", f"{path}?said=unchanged"]
    page = (await second.get(f"{path}?said=unchanged&lang=en")).text
    assert SO_ALREADY in page
    assert "<bdi>First</bdi>" in page
    assert "<bdi>Second</bdi></dd>" not in page


async def test_the_same_form_again_is_done_and_not_so_already(wall: Wall, signer: Signer) -> None:
    person = await signer.sign_in(Role.REVIEWER)
    path = f"/console/bans/{await wall.ban('Twice By One')}"
    for _ in range(2):
        answer = await person.post(f"{path}/lift", step="confirm", reason="oops", once="the-same")
        assert answer.headers["Location"] == f"{path}?said=done"
