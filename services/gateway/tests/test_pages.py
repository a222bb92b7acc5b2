"""Lists that come a page at a time."""

import re

from services.gateway.tests.conftest import Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_gateway.endpoints import Endpoint
from banstream_gateway.requests import FeedQuery
from banstream_gateway.routes import ENDPOINTS

LISTS = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.query and "cursor" in endpoint.query.model_fields and not issubclass(endpoint.query, FeedQuery)
]
IDS, PLACES, PLAYERS = "0123456789abcdef01234567", "4711", "0123456789abcdef" * 4
BY_PLACE = ("/history", "/abuse", "/networks", "/deliveries", "/receipts", "/findings")


def _form(endpoint: Endpoint) -> str:
    """A cursor as the list gives it."""
    if endpoint.path.endswith(BY_PLACE):
        return PLACES
    return PLAYERS if endpoint.path.endswith("/protected") else IDS


async def test_what_is_no_cursor_of_a_list_is_refused_and_does_not_begin_at_its_first_page(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "check", "report", "punish", "admin")
    gateway = await start(query_timeout_seconds=0.2)
    await until(gateway.is_ready)
    assert len(LISTS) > 10
    for endpoint in LISTS:
        path = re.sub(r"\{(\w+)[^}]*\}", lambda found: "xbox" if found[1] == "service" else "1" * 24, endpoint.path)
        path += "?at_position=1&" if endpoint.query and "at_position" in endpoint.query.model_fields else "?"
        for cursor in {"garbage", "-5", "x" * 24, IDS, PLACES, PLAYERS} - {_form(endpoint)}:
            reply = await gateway.call("GET", f"{path}cursor={cursor}")
            assert (reply.status, [each["field"] for each in reply.json["errors"]]) == (422, ["query.cursor"]), path
        reply = await gateway.call("GET", f"{path}cursor={_form(endpoint)}")
        assert reply.status != 422, path
