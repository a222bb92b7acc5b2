"""`/console/bans/new`: punish or warn a player. What will be is shown first; a second form carries it out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import EXPECTED, sent, several_of
from banstream_console.staff.bans.addresses import KnownAddress, known_address, may_punish_addresses
from banstream_console.staff.bans.list_page import PATH, Row, rows_of
from banstream_console.staff.bans.seen import seen, with_seen
from banstream_console.staff.bans.terms import Given, Wanted, hidden_of, one, read_wanted
from banstream_console.staff.infractions_in_words import lacking, path_of, punishments_of, scopes_of
from banstream_console.staff.knowing import immune, saying, server_names, tiering_policies
from banstream_console.staff.pages import done, staff_page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.infractions import Infraction, Lifetime, Punishments, Severity
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import AbuseFound, GetAbuse
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions
from banstream_contracts.results import CommandResult
from banstream_contracts.tiering import NumberedTier, TieringPolicy
from banstream_runtime.identifiers import new_short_id

NEW = f"{PATH}/new"
_PAGE = 50
"""Infractions that are read at once: with long evidence each, they fit into a message."""
_EDIT, _CONFIRM = "edit", "confirm"


@dataclass(frozen=True, slots=True)
class Preview:
    """What will be in force.

    `others` counts whom the address is known of too. `tier` is of a policy with `tiers`; `is_protected` is None while
    nobody can say.
    """

    whom: str
    address: str
    address_ends_at: datetime | None
    address_ends_with_it: bool
    others: int
    punishments: str
    end: str
    ends_at: datetime | None
    scope: str
    server: str
    reason: str
    tier: NumberedTier | None
    tiers: int | None
    is_protected: bool | None
    in_force: list[Row]


async def show(request: web.Request) -> web.StreamResponse:
    """The empty form; the address may name the player."""
    names = ("player", "player_name", "server")
    return await _form(request, {name: [request.query[name]] for name in names if request.query.get(name)})


async def submit(request: web.Request) -> web.StreamResponse:
    """Show what will be, carry it out, or go back to the form; nothing that was typed is lost."""
    given = await several_of(request)
    step = one(given, "step")
    if step == _EDIT:
        return await _form(request, given)
    try:
        wanted = read_wanted(given)
        policy = await _policy(request, wanted)
        address = await known_address(request, wanted.address) if wanted.address else None
        known = await _known(request, wanted, address)
        preview, punishments = await _preview(request, wanted, policy, known)
        await _check(request, wanted, punishments)
        if step == _CONFIRM:
            return done(request, *await _carry_out(request, wanted, address, seen(given)))
    except EXPECTED as problem:
        return await _form(request, given, problem)
    now_seen = with_seen(given, (row.infraction for row in preview.in_force), preview.tier)
    content = {"preview": preview, "given": hidden_of(now_seen), "path": NEW, "answers_form": True}
    return staff_page(request, "bans/preview.html", content)


async def _carry_out(
    request: web.Request, wanted: Wanted, address: KnownAddress | None, was_seen: Mapping[str, object]
) -> tuple[CommandResult | None, str]:
    terms = wanted.terms
    common = {
        "infraction_id": new_short_id(),
        "player": wanted.player,
        "player_name": wanted.player_name,
        "reason": terms.reason,
        "scope": terms.scope,
        "server_id": terms.server_id,
        **was_seen,
    }
    if wanted.tiering_policy_id:
        result = await sent(request, IssueByPolicy, tiering_policy_id=wanted.tiering_policy_id, **common)
    else:
        rest = terms.model_dump(exclude={"reason", "scope", "server_id"})
        of_address = {
            "address": address.sealed if address else None,
            "address_duration_seconds": wanted.address_seconds,
            "address_ends_with_it": wanted.address_ends_with_it,
        }
        result = await sent(request, IssueInfraction, **common, **rest, **of_address)
    issued = next(iter(result.infractions), None) if result else None
    if issued:
        return result, f"{PATH}/{issued.id}"
    return result, path_of(wanted.player.service, wanted.player.id) if wanted.player else PATH


async def _check(request: web.Request, wanted: Wanted, punishments: Punishments) -> None:
    """Whether who asks may punish so, and this player. Raises Unfit or Away."""
    person = person_of(request)
    missing = {
        field: Wrong("right", right=right.value)
        for field, right in lacking(person, punishments, wanted.terms.scope).items()
    }
    if missing:
        raise Unfit(missing)
    if not wanted.player or person.may(Right.SKIP_IMMUNITY):
        return
    if admin := await immune(request, wanted.player):
        raise Unfit({"player": Wrong("player-immune", name=admin.name)})


async def _policy(request: web.Request, wanted: Wanted) -> TieringPolicy | None:
    if wanted.tiering_policy_id is None:
        return None
    policies = {policy.id: policy for policy in await tiering_policies(request)}
    if wanted.tiering_policy_id not in policies:
        raise Unfit({"policy": Wrong("policy-gone")})
    return policies[wanted.tiering_policy_id]


async def _known(request: web.Request, wanted: Wanted, address: KnownAddress | None) -> tuple[Infraction, ...]:
    """Of the player and of the address, each once: what is in force, and for tiers what was."""
    of_player = await _of_player(request, wanted.player, wanted.tiering_policy_id) if wanted.player else []
    of_address = address.infractions if address else ()
    return tuple({each.id: each for each in (*of_player, *of_address)}.values())


async def _of_player(request: web.Request, player: Player, tiering_policy_id: str | None) -> list[Infraction]:
    """All there are, page by page: what is very old may restrict still. Raises Away."""
    active = True if tiering_policy_id is None else None
    known: list[Infraction] = []
    while True:
        question = FindInfractions(player=player, active=active, skip=len(known), limit=_PAGE)
        found = await site_of(request).staff.questions.ask(subjects.QUERY_FIND, question, FoundInfractions)
        known += found.items
        if not found.items or len(known) >= found.total:
            return known


async def _preview(
    request: web.Request, wanted: Wanted, policy: TieringPolicy | None, known: tuple[Infraction, ...]
) -> tuple[Preview, Punishments]:
    now, said, terms = datetime.now(UTC), saying(request), wanted.terms
    punishments, tier = terms.punishments, None
    if policy:
        tier = policy.next_tier(known, terms.server_id, now)
        lifetime = Lifetime.ONLINE if tier.online else Lifetime.TIMED
        timed = wanted.terms.model_copy(
            update={
                "lifetime": lifetime if tier.duration_seconds else Lifetime.PERMANENT,
                "duration_seconds": tier.duration_seconds,
            }
        )
        punishments, wanted = tier.punishments, replace(wanted, terms=timed)
    in_force = tuple(
        each
        for each in known
        if each.punishments
        and each.is_in_force(now)
        and (each.holds_address(now) or (each.player is not None and each.player == wanted.player))
    )
    preview = Preview(
        whom=_whom(wanted),
        address=wanted.address or "",
        address_ends_at=now + timedelta(seconds=wanted.address_seconds) if wanted.address_seconds else None,
        address_ends_with_it=wanted.address_ends_with_it,
        others=len({each.player for each in known} - {wanted.player, None}),
        punishments=said.punishments(punishments),
        end=said.end(wanted.terms.lifetime, wanted.end(now), wanted.terms.duration_seconds),
        ends_at=wanted.end(now),
        scope=said.scope(terms.scope),
        server=(await server_names(request)).get(terms.server_id or "", terms.server_id or ""),
        reason=terms.reason,
        tier=tier,
        tiers=len(policy.terms.tiers) if policy else None,
        is_protected=await _is_protected(request, wanted.player) if wanted.player else False,
        in_force=rows_of(request, in_force),
    )
    return preview, punishments


def _whom(wanted: Wanted) -> str:
    """The player; empty where an address alone is punished."""
    if wanted.player is None:
        return wanted.player_name or ""
    return f"{wanted.player_name} ({wanted.player})" if wanted.player_name else str(wanted.player)


async def _is_protected(request: web.Request, player: Player) -> bool | None:
    try:
        found = await site_of(request).staff.questions.ask(
            subjects.QUERY_ABUSE, GetAbuse(player=player, limit=1), AbuseFound
        )
    except Away:
        return None
    return found.abuse.is_protected


async def _form(request: web.Request, given: Given, problem: Problem | None = None) -> web.Response:
    person = person_of(request)
    content = {
        "given": given,
        "one": lambda name: one(given, name),
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "punishments": [each.value for each in punishments_of(person)],
        "scopes": [each.value for each in scopes_of(person)],
        "lifetimes": [each.value for each in Lifetime],
        "severities": [each.value for each in reversed(Severity)],
        "takes_addresses": may_punish_addresses(person, site_of(request).settings),
        "servers": await server_names(request),
        "policies": await tiering_policies(request),
        "path": NEW,
    }
    return staff_page(request, "bans/new.html", content, problem.status if problem else 200)
