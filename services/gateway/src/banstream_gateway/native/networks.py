"""VPN answers, and the marks that they come from."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.networks import MarkNetworks, NetworkCommand, UnmarkNetworks
from banstream_contracts.networks import NetworkMark
from banstream_contracts.queries.networks import ListNetworks, NetworkPage
from banstream_contracts.streams import ADMINS_BUCKET, NETWORKS_BUCKET
from banstream_gateway.answers import command_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call, searched_player
from banstream_gateway.freshness import staleness
from banstream_gateway.native.network_answers import network_json, vpn_json
from banstream_gateway.native.network_requests import MarksRequest, NetworkQuery, UnmarkRequest, VpnQuery
from banstream_gateway.problems import BadAddress
from banstream_gateway.vpn_answers import vpn_answer
from banstream_privacy.addresses import InvalidAddress


async def check(call: Call) -> web.Response:
    """Whether an address is of a VPN, a host or a cloud-gaming service, and whether the player is immune."""
    query: VpnQuery = call.query
    player = searched_player(query.player)
    try:
        answer = await vpn_answer(call.gateway, player, query.ip)
    except InvalidAddress as error:
        raise BadAddress(str(error)) from None
    return json_answer(vpn_json(answer), headers=staleness(call.gateway, NETWORKS_BUCKET, ADMINS_BUCKET))


async def search(call: Call) -> web.Response:
    """A page of marked networks."""
    query: NetworkQuery = call.query
    question = ListNetworks(kind=query.kind, search=query.search, cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_NETWORKS, question, NetworkPage)
    return json_answer({"items": [network_json(each) for each in page.items], "next": page.next})


async def mark(call: Call) -> web.Response:
    """Mark networks."""
    body: MarksRequest = call.body
    marks = tuple(NetworkMark(network=each.network, kind=each.kind, owner=each.owner) for each in body.marks)
    return await _submit(call, build(call, MarkNetworks, marks=marks), len(marks))


async def unmark(call: Call) -> web.Response:
    """Take the marks off networks."""
    body: UnmarkRequest = call.body
    command = build(call, UnmarkNetworks, networks=body.networks, reason=body.reason)
    return await _submit(call, command, len(body.networks))


async def _submit(call: Call, command: NetworkCommand, named: int) -> web.Response:
    """Wait a moment for the marks to be here too, so that whoever checks next sees them."""
    result = await call.gateway.intake.submit(command)
    if result is None:
        return command_answer(None, command.command_id, {})
    await call.gateway.vpn.marks.wait_for(result.position, call.gateway.position_seconds)
    changed = result.networks_changed or 0
    content = {"changed": changed, "unchanged": named - changed, "position": result.position}
    return command_answer(result, command.command_id, content)
