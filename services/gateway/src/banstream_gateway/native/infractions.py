"""Infractions: issue, read, change, lift, reinstate."""

from collections.abc import Iterable

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.commands.infractions import (
    AmendInfraction,
    InfractionChanges,
    IssueInfraction,
    LiftInfraction,
    ReinstateInfraction,
)
from banstream_contracts.infractions import Infraction, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound, InfractionPage, ListInfractions
from banstream_contracts.results import CommandResult
from banstream_contracts.sealed import SealedAddress
from banstream_gateway.answers import command_answer, infraction_json, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call, read_player, searched_player
from banstream_gateway.problems import Forbidden, UnknownInfraction, invalid
from banstream_gateway.requests import AmendRequest, InfractionQuery, IssueRequest, PunishedPlayer, ReasonRequest
from banstream_privacy.addresses import InvalidAddress
from banstream_runtime.identifiers import new_short_id


async def issue(call: Call) -> web.Response:
    """Punish or warn a player or an address."""
    command = issuing(call)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, _first(call, result), 201)


def issuing(call: Call) -> IssueInfraction:
    """The command of a call whose body is an IssueRequest. Raises Malformed, Invalid or Forbidden."""
    body: IssueRequest = call.body
    server_id = call.as_server(body.server_id)
    if body.scope is Scope.SERVER:
        if server_id is None:
            raise invalid("scope", "scope server needs server_id")
        call.require_server(server_id)
    return build(
        call,
        IssueInfraction,
        infraction_id=new_short_id(),
        **offender(call, body.player, body.ip),
        punishments=body.punishments,
        lifetime=body.effective_lifetime,
        duration_seconds=body.duration_seconds,
        address_duration_seconds=body.address_duration_seconds,
        address_ends_with_it=body.address_ends_with_it,
        reason=body.reason,
        note=body.note,
        scope=body.scope,
        server_id=server_id,
        category=body.category,
        severity=body.severity,
        evidence=body.evidence,
        seen_in_force=body.seen_in_force,
    )


async def find(call: Call) -> web.Response:
    """One infraction, with an ETag."""
    question = GetInfraction(infraction_id=_infraction_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_INFRACTION, question, InfractionFound)
    if found.infraction is None:
        raise UnknownInfraction
    etag = f'"{found.infraction.position}"'
    if _names(call.request.headers.getall("If-None-Match", ()), etag):
        return web.Response(status=304, headers={"ETag": etag})
    content = infraction_json(found.infraction, for_staff=call.is_staff)
    return json_answer(content, headers={"ETag": etag})


async def search(call: Call) -> web.Response:
    """A page of infractions; a server sees those of the player it asks about."""
    query: InfractionQuery = call.query
    if call.server_id is not None and query.player is None:
        raise Forbidden("A server names a player.")
    question = ListInfractions(
        player=searched_player(query.player),
        active=query.active,
        server_id=query.server,
        category=query.category,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_INFRACTIONS, question, InfractionPage)
    items = [infraction_json(infraction, for_staff=call.is_staff) for infraction in page.items]
    return json_answer({"items": items, "next": page.next})


async def amend(call: Call) -> web.Response:
    """Change an infraction."""
    body: AmendRequest = call.body
    changes = InfractionChanges.model_validate(body.model_dump(exclude_unset=True))
    command = build(call, AmendInfraction, infraction_id=_infraction_id(call), changes=changes)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, _first(call, result))


async def lift(call: Call) -> web.Response:
    """End an infraction."""
    body: ReasonRequest = call.body
    command = build(call, LiftInfraction, infraction_id=_infraction_id(call), reason=body.reason)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, _first(call, result))


async def reinstate(call: Call) -> web.Response:
    """Put a lifted infraction back in force."""
    body: ReasonRequest = call.body
    command = build(call, ReinstateInfraction, infraction_id=_infraction_id(call), reason=body.reason)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, _first(call, result))


async def exempt(call: Call) -> web.Response:
    """Let a player in whom an infraction binds by the address alone."""
    return await _exempt(call, is_exempt=True)


async def end_exemption(call: Call) -> web.Response:
    """Let a player in no more, as long as the infraction binds the address."""
    return await _exempt(call, is_exempt=False)


async def _exempt(call: Call, *, is_exempt: bool) -> web.Response:
    match = call.request.match_info
    player = read_player(match["service"], match["id"])
    command = build(call, ExemptPlayer, infraction_id=_infraction_id(call), player=player, is_exempt=is_exempt)
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, _first(call, result))


def offender(
    call: Call, player: PunishedPlayer | None, ip: str | None, within: str = ""
) -> dict[str, Player | SealedAddress | str | None]:
    """The fields of a command that say who is punished, with what is personal sealed; `within` is where they stand.

    Raises Invalid.
    """
    if player is None:
        return {"address": _sealed(call, ip or "", f"{within}ip")}
    return named_player(call, player, within)


def named_player(
    call: Call, player: PunishedPlayer, within: str = ""
) -> dict[str, Player | SealedAddress | str | None]:
    """The fields of a command that say who the player is, with what is personal sealed. Raises Invalid."""
    named: dict[str, Player | SealedAddress | str | None] = {"player": player.player}
    if player.ip is not None:
        named["address"] = _sealed(call, player.ip, f"{within}player.ip")
    if name := player.shown_name:
        addresses = call.gateway.addresses
        sealed = addresses.seal_names
        named["sealed_name" if sealed else "player_name"] = addresses.sealed_name(name) if sealed else name
    return named


def _sealed(call: Call, ip: str, field: str) -> SealedAddress:
    try:
        return call.gateway.addresses.sealed_address(ip)
    except InvalidAddress as error:
        raise invalid(field, str(error)) from None


def _names(if_none_match: Iterable[str], etag: str) -> bool:
    """Whether what the client has is what there is: any of a list, weak or strong, or `*` (RFC 9110, 13.1.2)."""
    named = {each.strip().removeprefix("W/") for line in if_none_match for each in line.split(",")}
    return not named.isdisjoint((etag, "*"))


def _infraction_id(call: Call) -> str:
    infraction_id = call.short_id("infraction_id")
    if infraction_id is None:
        raise UnknownInfraction
    return infraction_id


def _first(call: Call, result: CommandResult | None) -> object:
    infractions: tuple[Infraction, ...] = result.infractions if result else ()
    return infraction_json(infractions[0], for_staff=call.is_staff) if infractions else {}
