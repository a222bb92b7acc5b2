"""What was in force at a moment: asked of infractions, and answered as a check would have been."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.infractions import Standing
from banstream_contracts.players import Player
from banstream_contracts.queries.past import GetPast, ListPast, PastFound, PastPage
from banstream_edge.check import Asking, of_those, strongest
from banstream_gateway.answers import POSITION, infraction_json, json_answer, restrictions_json
from banstream_gateway.endpoints import Call
from banstream_gateway.held.standings import Restriction, read
from banstream_gateway.native import checks
from banstream_gateway.native.past_requests import PastQuery, RestrictionsQuery
from banstream_gateway.problems import Forbidden, TooMany, invalid
from banstream_gateway.queries import Answer

_SECONDS = 10.0
"""All that ever happened to a player may be read for it, and asking again would take as long."""
_CLOCKS_APART = timedelta(minutes=1)
"""The time may be read off a clock that is ahead of this one."""


async def get_restrictions(call: Call) -> web.StreamResponse:
    """What restricts one player now, or restricted them at a moment."""
    query: RestrictionsQuery = call.query
    return await (_then(call, query) if query.is_of_the_past else checks.get_restrictions(call))


async def list_in_force(call: Call) -> web.Response:
    """A page of everybody's infractions that were in force at a moment."""
    query: PastQuery = call.query
    if call.server_id is not None:
        raise Forbidden("A server names a player.")
    if query.at is None and query.at_position is None:
        raise invalid("query.at", "at or at_position is needed")
    _require_past(query.at)
    question = ListPast(
        at=query.at,
        position=query.at_position,
        punishment=query.punishment,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await _ask(call, subjects.QUERY_PAST_IN_FORCE, question, PastPage)
    _require_reached(query.at_position, page.position)
    content = {
        "at": page.at,
        "position": page.position,
        "items": [infraction_json(each, for_staff=call.is_staff) for each in page.items],
        "next": page.next,
    }
    return json_answer(content | ({"begins_at": page.begins_at} if page.begins_at else {}))


async def _then(call: Call, query: RestrictionsQuery) -> web.Response:
    player, asking = call.path_player(), Asking(call.as_server(query.server), query.include_other_servers)
    _require_past(query.at)
    tokens = checks.address_keys(call.gateway, query.ip, "query.ip") if query.ip is not None else ()
    hashes = [token.partition("=")[2] for token in tokens]
    question = GetPast(
        at=query.at,
        position=query.at_position,
        player=player,
        address_hash=hashes[0] if hashes else None,
        other_address_hashes=tuple(hashes[1:]),
        server_id=call.server_id,
        cursor=query.cursor,
        limit=query.limit,
    )
    found = await _ask(call, subjects.QUERY_PAST, question, PastFound)
    _require_reached(query.at_position, found.position)
    held = _held(found.standings, player, tokens)
    content = {
        "restrictions": restrictions_json(strongest(held, asking, found.at)),
        "position": found.position,
        "at": found.at,
        "infractions": [infraction_json(each, for_staff=call.is_staff) for each in found.items],
        "total": found.total,
        "next": found.next,
    }
    told = {"begins_at": found.begins_at, "erased_at": found.erased_at}
    content |= {name: at for name, at in told.items() if at is not None}
    return json_answer(content, headers={POSITION: str(found.position)})


async def _ask(call: Call, subject: str, question: GetPast | ListPast, answer: type[Answer]) -> Answer:
    """Raises TooMany for who waits for answers already."""
    gateway, who = call.gateway, call.credential.id
    if not gateway.past.take(who):
        gateway.metrics.rate_limited.labels("past").inc()
        raise TooMany(0)
    try:
        return await gateway.queries.ask(subject, question, answer, _SECONDS)
    finally:
        gateway.past.leave(who)


def _held(standings: Sequence[Standing], player: Player, tokens: Sequence[str]) -> list[Restriction]:
    """As a gateway would have held it for the player and the keys of their address."""
    values = (read(each.model_dump_json(exclude_none=True)) for each in standings)
    return of_those(chain.from_iterable(each.restrictions for each in values), (player.token, *tokens))


def _require_past(at: datetime | None) -> None:
    """Raises Invalid for a time that has not come: nobody knows what will be decided until then."""
    if at is not None and at > datetime.now(UTC) + _CLOCKS_APART:
        raise invalid("query.at", "is in the future")


def _require_reached(asked: int | None, position: int) -> None:
    """Raises Invalid for a position that the log has not."""
    if asked is not None and asked > position:
        raise invalid("query.at_position", f"is in the future: the log has reached {position}")
