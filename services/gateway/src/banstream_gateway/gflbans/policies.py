"""Tiering policies: register, punish by one, unlink, list (seed 4; facts gflbans 2.8)."""

from hashlib import sha256
from typing import Any

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.tiering import IssueByPolicy, RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime, Punishment
from banstream_contracts.queries.plugins import ListTieringPolicies, TieringPolicyPage
from banstream_contracts.tiering import TieringTerms
from banstream_gateway.commands import build
from banstream_gateway.endpoints import CHECK, PUNISH, Call, validated
from banstream_gateway.gflbans.answers import infraction_reply, reply
from banstream_gateway.gflbans.auth import admit
from banstream_gateway.gflbans.bodies import Fields, read_body, read_query
from banstream_gateway.gflbans.changes import short_id
from banstream_gateway.gflbans.errors import NO_SUCH_POLICY, Rejected
from banstream_gateway.gflbans.infractions import duration_of, is_online, needed_target, scope_of
from banstream_gateway.gflbans.players import initiator
from banstream_gateway.gflbans.sending import first, issue_once, outcome
from banstream_runtime.identifiers import new_short_id

_LONGEST_NAME = 128
_UNTOLD = "Punished by policy"


async def register(call: Call) -> web.Response:
    """Make a policy of the asking server; the same again is the same policy."""
    admit(call, PUNISH)
    fields = await read_body(call)
    server_id = _server(call, fields)
    ttl = fields.whole("tier_ttl")
    if ttl is None:
        raise fields.wrong("tier_ttl", "is missing")
    terms = validated(
        TieringTerms,
        {
            "name": fields.needed("name", _LONGEST_NAME),
            "include_other_servers": fields.truth("include_other_servers", default=True),
            "tier_ttl_seconds": min(ttl, MAX_DURATION_SECONDS),
            "default_reason": fields.needed("default_reason"),
            "tiers": _tiers(fields),
        },
    )
    policy_id = sha256(f"{server_id}\n{terms.model_dump_json()}".encode()).hexdigest()[:24]
    command = build(call, RegisterTieringPolicy, tiering_policy_id=policy_id, server_id=server_id, terms=terms)
    result = await call.gateway.intake.submit(command)
    return reply({"policy_id": policy_id}, headers=outcome(result, command))


async def use(call: Call) -> web.Response:
    """Punish by the tier that a player has come to."""
    admit(call, PUNISH)
    fields = await read_body(call)
    target = needed_target(fields)
    call.acting = initiator(call, fields.nested("admin"))
    command = build(
        call,
        IssueByPolicy,
        infraction_id=new_short_id(),
        tiering_policy_id=_policy_id(fields),
        also_count=_also(fields),
        player=target.player,
        address=target.sealed(call.gateway),
        reason=fields.shown("reason"),
        scope=scope_of(fields),
        server_id=_server(call, fields),
    )
    command, result = await issue_once(call, command)
    infraction = first(result) or _as_far_as_known(command)
    return reply(infraction_reply(infraction, target.ip), headers=outcome(result, command))


async def unlink(call: Call) -> web.Response:
    """The server uses a policy no more."""
    admit(call, PUNISH)
    fields = await read_body(call)
    command = build(call, UnlinkTieringPolicy, tiering_policy_id=_policy_id(fields), server_id=_server(call, fields))
    result = await call.gateway.intake.submit(command)
    return web.Response(status=204, headers=outcome(result, command))


async def listed(call: Call) -> web.Response:
    """The policies that a server uses; the asking one unless another is named, all of them for a token."""
    admit(call, CHECK)
    server = read_query(call).text("server")
    server_id = short_id(server) if server is not None else call.server_id
    if server is not None and server_id is None:
        return reply([])
    page = await call.gateway.queries.ask(
        subjects.QUERY_TIERING_POLICIES, ListTieringPolicies(server_id=server_id), TieringPolicyPage
    )
    return reply([{"name": each.terms.name, "server": each.server_id, "pol_id": each.id} for each in page.items])


def _server(call: Call, fields: Fields) -> str:
    """A server always means itself; a token names one. Raises Rejected."""
    if call.server_id is not None:
        return call.server_id
    named = fields.text("server")
    server_id = short_id(named) if named is not None else None
    if server_id is None or call.gateway.credentials.kind_of(server_id) != "server":
        raise fields.wrong("server", "is the id of a server, which a token has to name")
    return server_id


def _tiers(fields: Fields) -> list[dict[str, Any]]:
    tiers = fields.objects("tiers")
    if tiers is None:
        raise fields.wrong("tiers", "is missing")
    return [_tier(tier) for tier in tiers]


def _tier(tier: Fields) -> dict[str, Any]:
    punishments = tier.choices("punishments", Punishment)
    if punishments is None:
        raise tier.wrong("punishments", "is missing")
    duration, online = duration_of(tier), is_online(tier)
    if online and Punishment.BAN in punishments:
        raise tier.wrong("dec_online", "a banned player is never connected, so a ban cannot count time connected")
    return {"punishments": punishments, "duration_seconds": duration, "online": online and duration is not None}


def _policy_id(fields: Fields) -> str:
    text = fields.text("policy_id")
    if text is None:
        raise fields.wrong("policy_id", "is missing")
    policy_id = short_id(text)
    if policy_id is None:
        raise Rejected(404, NO_SUCH_POLICY)
    return policy_id


def _also(fields: Fields) -> tuple[str, ...]:
    """Further policies whose infractions count; what is no id is nobody's."""
    found = fields.listed("consider_other_policies") or []
    return tuple(policy_id for each in found if isinstance(each, str) and (policy_id := short_id(each)))


def _as_far_as_known(command: IssueByPolicy) -> Infraction:
    """What a command that is stored will make; its tier is not known yet, so it holds no punishment."""
    return Infraction(
        id=command.infraction_id,
        player=command.player,
        punishments=(),
        lifetime=Lifetime.SESSION,
        reason=command.reason or _UNTOLD,
        scope=command.scope,
        server_id=command.server_id,
        issuer=command.actor,
        issued_at=command.issued_at,
        tiering_policy_id=command.tiering_policy_id,
    )
