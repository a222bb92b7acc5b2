"""What became of a command that was answered with 202."""

from typing import Any, Literal
from uuid import UUID

from aiohttp import web

from banstream_contracts import ban_files, log_sources, notifier_targets
from banstream_contracts.infractions import Infraction
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_contracts.results import CommandResult, Refusal
from banstream_edge.intake import OUTCOMES
from banstream_gateway.answers import Answer, infraction_json, json_answer
from banstream_gateway.endpoints import ADMIN, CHECK, PUNISH, Call
from banstream_gateway.native.abuse_answers import (
    ChangedAbuseAnswer,
    IncidentAnswer,
    PolicyAnswer,
    changed_json,
    incident_json,
    policy_json,
)
from banstream_gateway.native.ban_file_answers import BanFileAnswer, ban_file_json
from banstream_gateway.native.log_source_answers import LogSourceAnswer, log_source_json
from banstream_gateway.native.target_answers import TargetAnswer, target_json
from banstream_gateway.problems import KeyReused, Unavailable, UnknownCommand
from banstream_gateway.requests import CommandQuery

_READ = frozenset({CHECK, PUNISH, ADMIN})


class CommandAnswer(Answer):
    """What became of a command. `pending`: stored, and not carried out yet.

    `position` is one of the log of the service that carried it out.
    """

    command_id: UUID
    status: Literal["pending", "applied", "unchanged", "refused"]
    service: str | None = None
    position: int | None = None
    refusal: dict[str, str] | None = None
    infractions: tuple[Infraction, ...] = ()
    incidents: tuple[IncidentAnswer, ...] = ()
    abuse: ChangedAbuseAnswer | None = None
    policy: PolicyAnswer | None = None
    target: TargetAnswer | None = None
    ban_file: BanFileAnswer | None = None
    log_source: LogSourceAnswer | None = None


async def find(call: Call) -> web.Response:
    """The state of a command, from whichever service knows it.

    `pending` is said of what this process has stored itself and had not heard the result of when it was asked; of an
    id from elsewhere nobody can tell stored but not yet carried out from never seen, so that is 404, or 503 while a
    service is away that might know it.
    """
    command_id = _command_id(call)
    is_undecided = call.gateway.intake.is_undecided(command_id)
    away: Unavailable | None = None
    for service, subject in OUTCOMES.items():
        if service == notifier_targets.SERVICE and call.gateway.notifier_key is None:
            continue
        if service == ban_files.SERVICE and call.gateway.ftp_sync_key is None:
            continue
        if service == log_sources.SERVICE and call.gateway.dayz_feed_key is None:
            continue
        try:
            found = await call.gateway.queries.ask(subject, GetCommand(command_id=command_id), CommandFound)
        except Unavailable as error:
            away = away or error
            continue
        if found.result is not None:
            return json_answer({"service": service, **_state(call, _of_request(call, found.result))})
    if is_undecided:
        return json_answer({"command_id": str(command_id), "status": "pending"})
    raise away or UnknownCommand


def _of_request(call: Call, result: CommandResult) -> CommandResult:
    """What became of the request that is asked about: nothing, where its id was that of another one."""
    query: CommandQuery = call.query
    if result.fingerprint is None or result.fingerprint.startswith(query.request or ""):
        return result
    refusal = Refusal(code="idempotency-key-reused", message=f"{KeyReused.title}; this one was not carried out")
    return CommandResult(command_id=result.command_id, status="refused", position=result.position, refusal=refusal)


def _state(call: Call, result: CommandResult) -> dict[str, Any]:
    """Of whoever's command: an id that came from a client's key can be guessed, so scopes say what is told."""
    reads = not _READ.isdisjoint(call.credential.scopes)
    state: dict[str, Any] = {
        "command_id": str(result.command_id),
        "status": result.status,
        "position": result.position,
        "infractions": [infraction_json(each, for_staff=call.is_staff) for each in result.infractions if reads],
    }
    if result.refusal is not None:
        state["refusal"] = {"code": result.refusal.code, "message": result.refusal.message}
    if result.incidents:
        state["incidents"] = [incident_json(each) for each in result.incidents]
    if result.abuse is not None:
        state["abuse"] = {**changed_json(result.abuse), "position": result.position}
    if result.policy is not None:
        state["policy"] = policy_json(result.policy)
    return {**state, **_of_admins(result)} if ADMIN in call.credential.scopes else state


def _of_admins(result: CommandResult) -> dict[str, Any]:
    """What other routes tell nobody else."""
    state: dict[str, Any] = {}
    if result.target is not None:
        state["target"] = target_json(result.target)
    if result.log_source is not None:
        state["log_source"] = log_source_json(result.log_source)
    if result.ban_file is not None:
        state["ban_file"] = ban_file_json(result.ban_file)
    return state


def _command_id(call: Call) -> UUID:
    try:
        return UUID(call.request.match_info["command_id"])
    except ValueError:
        raise UnknownCommand from None
