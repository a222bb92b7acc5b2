"""Incidents: report them, take one out of the count, put it back."""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from aiohttp import web
from pydantic import ValidationError

from banstream_contracts import subjects
from banstream_contracts.abuse import Incident
from banstream_contracts.checked import of_checked
from banstream_contracts.commands.abuse import DismissIncidents, RecordIncidents, RestoreIncidents
from banstream_contracts.faults import faults_of
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import FindIncident, IncidentFound
from banstream_contracts.results import CommandResult
from banstream_gateway import whole_numbers
from banstream_gateway.answers import accepted_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.incident_ids import incident_id
from banstream_gateway.native.abuse_answers import changed_json, incident_json
from banstream_gateway.native.abuse_requests import IncidentBatch, IncidentReport, SingleIncident
from banstream_gateway.problems import IncidentRefused, Malformed, UnknownIncident, wrong_fields
from banstream_gateway.requests import ReasonRequest

_NOTHING_NEW = frozenset({"repeated", "refused"})


async def report(call: Call) -> web.Response:
    """Record one incident, or many, in the order given: all of them or, where one is wrong, none."""
    reported = _read(call.body)
    incidents = reported.incidents if isinstance(reported, IncidentBatch) else (reported,)
    read = partial(
        _incident,
        credential_id=call.credential.id,
        received_at=datetime.now(UTC),
        with_name=not call.gateway.addresses.seal_names,
    )
    command = build(
        call,
        RecordIncidents,
        server_id=call.as_server(reported.server_id),
        review=call.credential.review,
        incidents=tuple(read(each) for each in incidents),
    )
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    return _recorded(result, is_batch=isinstance(reported, IncidentBatch))


async def dismiss(call: Call) -> web.Response:
    """Take an incident out of the count."""
    call.only_staff()
    body: ReasonRequest = call.body
    found, player = await _find(call)
    command = build(call, DismissIncidents, player=player, incident_ids=(found,), reason=body.reason)
    return changed(await call.gateway.intake.submit(command), command.command_id)


async def restore(call: Call) -> web.Response:
    """Undo a dismissal."""
    call.only_staff()
    body: ReasonRequest = call.body
    found, player = await _find(call)
    command = build(call, RestoreIncidents, player=player, incident_ids=(found,), reason=body.reason)
    return changed(await call.gateway.intake.submit(command), command.command_id)


def changed(result: CommandResult | None, command_id: UUID) -> web.Response:
    """The player after a command of the abuse tracker."""
    if result is None:
        return accepted_answer(command_id, {})
    content = changed_json(result.abuse) if result.abuse else {}
    return json_answer({**content, "position": result.position})


def _read(content: object) -> SingleIncident | IncidentBatch:
    """Both forms by hand: of a union pydantic would say what is wrong with each."""
    is_batch = isinstance(content, dict) and "incidents" in content
    form: type[SingleIncident | IncidentBatch] = IncidentBatch if is_batch else SingleIncident
    try:
        return whole_numbers.validated(form, content)
    except ValidationError as error:
        wrong = sorted({step for each in faults_of(error) for step in each["loc"] if isinstance(step, int)})
        which = f" Wrong: {', '.join(str(index) for index in wrong)}." if wrong else ""
        raise Malformed(f"No incident was recorded.{which}", errors=wrong_fields(error)) from None


def _incident(reported: IncidentReport, *, credential_id: str, received_at: datetime, with_name: bool) -> Incident:
    """Not validated a second time: every field has been read as the type that it has here, and is named here.

    Where names travel sealed, that of an incident does not travel: nobody needs it to count.
    Else a ban that comes of it shows it, and NDP's plugins compare it exactly.
    """
    return of_checked(
        Incident,
        incident_id=incident_id(credential_id, reported.id),
        reported_id=reported.id,
        player=reported.player.player,
        player_name=reported.player_name or reported.player.written_name if with_name else None,
        reason=reported.reason,
        details=reported.details,
        session_id=reported.session_id,
        occurred_at=min(reported.occurred_at or received_at, received_at),
    )


def _recorded(result: CommandResult, *, is_batch: bool) -> web.Response:
    incidents = result.incidents
    if not is_batch and incidents and incidents[0].status == "refused":
        raise IncidentRefused(incidents[0].message)
    is_news = any(each.status not in _NOTHING_NEW for each in incidents)
    content = {"position": result.position, "incidents": [incident_json(each) for each in incidents]}
    return json_answer(content, 201 if is_news else 200)


async def _find(call: Call) -> tuple[UUID, Player]:
    """The incident that the path names, and whose it is. Raises UnknownIncident."""
    try:
        wanted = UUID(call.request.match_info["incident_id"])
    except ValueError:
        raise UnknownIncident from None
    question = FindIncident(incident_id=wanted)
    found = await call.gateway.queries.ask(subjects.QUERY_INCIDENT, question, IncidentFound)
    if found.player is None:
        raise UnknownIncident
    return wanted, found.player
