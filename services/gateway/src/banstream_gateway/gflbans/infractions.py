"""`POST /infractions/` and `POST /infractions/remove` (facts gflbans 1.2, 2.3, 2.4)."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from banstream_contracts.commands.infractions import IssueInfraction, LiftRestrictions
from banstream_contracts.infractions import MAX_DURATION_SECONDS, Infraction, Lifetime, Punishment, Scope
from banstream_contracts.results import CommandResult
from banstream_edge.check import Asking, binding
from banstream_gateway.commands import build
from banstream_gateway.endpoints import PUNISH, Call
from banstream_gateway.gflbans.answers import infraction_reply, reply
from banstream_gateway.gflbans.auth import admit
from banstream_gateway.gflbans.bodies import Fields, read_body
from banstream_gateway.gflbans.errors import Rejected
from banstream_gateway.gflbans.players import Target, initiator, simple
from banstream_gateway.gflbans.sending import first, issue_once, outcome
from banstream_gateway.native.checks import held_for
from banstream_runtime.identifiers import new_short_id

_ONLINE_NAMES = ("dec_online_only", "playtime_based", "dec_online")


async def create(call: Call) -> web.Response:
    """Punish a player, an address, or a player known with an address; no punishment is a warning."""
    admit(call, PUNISH)
    fields = await read_body(call)
    target = needed_target(fields)
    punishments = fields.choices("punishments", Punishment)
    if punishments is None:
        raise fields.wrong("punishments", "is missing")
    duration = duration_of(fields)
    call.acting = initiator(call, fields.nested("admin"))
    command = build(
        call,
        IssueInfraction,
        infraction_id=new_short_id(),
        player=target.player,
        address=target.sealed(call.gateway),
        punishments=punishments,
        lifetime=_lifetime(fields, punishments, duration),
        duration_seconds=duration,
        reason=fields.needed("reason"),
        scope=scope_of(fields),
        server_id=_server(call, fields),
    )
    if command.lifetime in {Lifetime.SESSION, Lifetime.PERMANENT}:
        command = command.model_copy(update={"duration_seconds": None})
    command, result = await issue_once(call, command)
    infraction = first(result) or _as_it_will_be(command)
    return reply(infraction_reply(infraction, target.ip), headers=outcome(result, command))


async def remove(call: Call) -> web.Response:
    """Take punishments off a player, and off the address given with the player."""
    admit(call, PUNISH)
    fields = await read_body(call)
    target = needed_target(fields)
    call.acting = initiator(call, fields.nested("admin"))
    command = build(
        call,
        LiftRestrictions,
        player=target.player,
        **target.address_hashes(call.gateway),
        reason=fields.needed("remove_reason"),
        punishments=fields.choices("restrict_types", Punishment) or (),
        server_id=call.server_id,
        include_other_servers=fields.truth("include_other_servers", default=True),
        with_warnings=True,
    )
    expected = _expected_counts(call, command, target)
    call.gateway.repeats.forget()
    call.gateway.game_servers.undecided.note(command)
    result = await call.gateway.intake.submit(command)
    return reply(_counts(result) or expected, headers=outcome(result, command))


def needed_target(fields: Fields) -> Target:
    """The `player` of a body. Raises Rejected."""
    player = fields.nested("player")
    if player is None:
        raise fields.wrong("player", "is missing")
    return simple(player)


def scope_of(fields: Fields) -> Scope:
    """The `scope` of a body. Raises Rejected."""
    scope = fields.choice("scope", Scope)
    if scope is None:
        raise fields.wrong("scope", "is missing")
    return scope


def duration_of(fields: Fields) -> int | None:
    """The `duration` in seconds; what is longer than anything may last is permanent. Raises Rejected."""
    duration = fields.whole("duration")
    return duration if duration is not None and duration <= MAX_DURATION_SECONDS else None


def is_online(fields: Fields) -> bool:
    """Whether only time connected counts, by any of the names that this has had. Raises Rejected."""
    return any(fields.truth(name, default=False) for name in _ONLINE_NAMES)


def require_server(call: Call, fields: Fields, named: str | None) -> None:
    """Raises Rejected where no server, or none that there is, was named: what holds there alone would hold nowhere."""
    if named is None:
        raise fields.wrong("server", "scope server needs a server")
    if call.gateway.credentials.kind_of(named) != "server":
        raise fields.wrong("server", "is of no server")


def _lifetime(fields: Fields, punishments: tuple[Punishment, ...], duration: int | None) -> Lifetime:
    """Session before permanent before online-only before timed; a banned player is never connected."""
    is_session, counts_online = fields.truth("session", default=False), is_online(fields)
    if Punishment.BAN in punishments and (is_session or counts_online):
        name = "session" if is_session else "dec_online_only"
        raise fields.wrong(name, "a banned player is never connected: a ban is timed or permanent")
    if is_session:
        return Lifetime.SESSION
    if duration is None:
        return Lifetime.PERMANENT
    return Lifetime.ONLINE if counts_online else Lifetime.TIMED


def _server(call: Call, fields: Fields) -> str | None:
    """A server issues as itself; a token may name one. Raises Rejected."""
    named = (fields.text("server") or "").lower() or None
    if call.server_id is None:
        if fields.values.get("scope") == Scope.SERVER:
            require_server(call, fields, named)
        return named
    if named not in {None, call.server_id}:
        raise Rejected(403, "Insufficient permissions to override the server")
    return call.server_id


def _as_it_will_be(command: IssueInfraction) -> Infraction:
    """What a command that is stored will make."""
    is_timed = command.lifetime is Lifetime.TIMED and command.duration_seconds
    ends = command.issued_at + timedelta(seconds=command.duration_seconds or 0) if is_timed else None
    return Infraction(
        id=command.infraction_id,
        player=command.player,
        punishments=command.punishments,
        lifetime=command.lifetime,
        duration_seconds=command.duration_seconds,
        reason=command.reason,
        scope=command.scope,
        server_id=command.server_id,
        issuer=command.actor,
        issued_at=command.issued_at,
        expires_at=ends,
        time_left_seconds=command.duration_seconds if command.lifetime is Lifetime.ONLINE else None,
    )


def _counts(result: CommandResult | None) -> dict[str, int] | None:
    if result is None or result.counts is None:
        return None
    return _counted(result.counts.lifted, result.counts.considered)


def _expected_counts(call: Call, command: LiftRestrictions, target: Target) -> dict[str, int]:
    """What a removal will do, as far as this process knows; for one that is only stored yet."""
    asking = Asking(command.server_id, command.include_other_servers)
    held = binding(held_for(call.gateway, target.keys(call.gateway)), asking, datetime.now(UTC))
    wanted = set(command.punishments)
    considered = {each.infraction_id: not wanted or bool(wanted.intersection(each.punishments)) for each in held}
    return _counted(sum(considered.values()), len(considered))


def _counted(removed: int, considered: int) -> dict[str, int]:
    """What has none of the types to be taken off counts as not removed too (facts gflbans 2.4)."""
    return {"num_removed": removed, "num_considered": considered, "num_not_removed": considered - removed}
