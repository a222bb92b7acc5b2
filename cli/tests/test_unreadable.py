"""What the service behind a list cannot read is named beside the list, never dropped in silence."""

import pytest
from aiohttp import web
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn

UNREAD = "2" * 24


@pytest.mark.parametrize("which", ["targets", "ban-files", "log-sources"])
async def test_what_cannot_be_read_is_named_beside_a_list(gateway: StandIn, run: Run, which: str) -> None:
    for next_page in ("more", None):
        unread = [UNREAD] if next_page else []
        gateway.failures.append(web.json_response({"items": [], "next": next_page, "unreadable": unread}))
    told = await run(which, "list", "--all")
    assert told.code == 0
    assert f"{UNREAD} is left out: the service cannot read it" in told.err


async def test_what_cannot_be_read_is_in_the_document_too(gateway: StandIn, run: Run) -> None:
    gateway.failures.append(web.json_response({"items": [], "next": None, "unreadable": [UNREAD]}))
    assert (await run("targets", "list", "--json")).json == {"items": [], "next": None, "unreadable": [UNREAD]}
