"""Who else is known at the addresses of a player, for staff."""

from typing import assert_never

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.queries.linked import GetLinked, Link, LinkedFound, LinkReason
from banstream_gateway.answers import json_answer
from banstream_gateway.endpoints import Call
from banstream_gateway.problems import Forbidden


async def linked(call: Call) -> web.Response:
    """The newest links of a player, each with why it is as strong as it is."""
    if call.server_id is not None:
        raise Forbidden("Who comes from the same address is told to staff, not to servers.")
    question = GetLinked(player=call.path_player())
    found = await call.gateway.queries.ask(subjects.QUERY_LINKED, question, LinkedFound)
    content = found.model_dump(mode="json", exclude_none=True)
    for each, link in zip(content["items"], found.items, strict=True):
        each["sentences"] = [_sentence(reason, link) for reason in link.why]
    return json_answer(content)


def _sentence(reason: LinkReason, link: Link) -> str:
    match reason:
        case "different_people":
            return "Staff let one of them in from the address of the other: they are different people."
        case "shared":
            return "Staff let somebody in from there: more than one person comes from it."
        case "crowd":
            return f"{max(each.players for each in link.addresses)} players are known there."
        case "old":
            return "One of them was last known there more than 30 days ago."
        case "together":
            return "Both were known there in the last 30 days, and nothing speaks against it."
        case _:
            assert_never(reason)
