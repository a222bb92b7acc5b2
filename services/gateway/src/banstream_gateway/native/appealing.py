"""Appeals as staff see them: list, read, answer, assign, decide; codes to hand out; statistics."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.appeals import (
    AnswerAppeal,
    AppealCommand,
    AssignAppeal,
    DecideAppeal,
    RenewAppealCode,
)
from banstream_contracts.queries.appeals import (
    AppealCodeFound,
    AppealFound,
    AppealPage,
    AppealStatistics,
    GetAppeal,
    GetAppealCode,
    GetAppealStatistics,
    ListAppeals,
)
from banstream_gateway.answers import command_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call, searched_player
from banstream_gateway.native.appeal_answers import appeal_json, changed_json, decided_json
from banstream_gateway.native.appeal_requests import (
    AnswerAppealBody,
    AppealQuery,
    AppealStatisticsQuery,
    DecideAppealBody,
)
from banstream_gateway.native.review_requests import AssigneeRequest
from banstream_gateway.problems import UnknownAppeal, UnknownInfraction


async def search(call: Call) -> web.Response:
    """A page of appeals."""
    call.only_staff()
    query: AppealQuery = call.query
    question = ListAppeals(
        player=searched_player(query.player),
        status=query.status,
        infraction_id=query.infraction_id,
        assignee=query.assignee,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_APPEALS, question, AppealPage)
    return json_answer({"items": [appeal_json(each, in_list=True) for each in page.items], "next": page.next})


async def find(call: Call) -> web.Response:
    """One appeal, with all that was said."""
    call.only_staff()
    found = await call.gateway.queries.ask(subjects.QUERY_APPEAL, GetAppeal(appeal_id=_appeal_id(call)), AppealFound)
    if found.appeal is None:
        raise UnknownAppeal
    return json_answer(appeal_json(found.appeal))


async def statistics(call: Call) -> web.Response:
    """How appeals ended."""
    call.only_staff()
    query: AppealStatisticsQuery = call.query
    told = await call.gateway.queries.ask(
        subjects.QUERY_APPEAL_STATISTICS, GetAppealStatistics(**query.times), AppealStatistics
    )
    return json_answer(told.model_dump(mode="json"))


async def answer(call: Call) -> web.Response:
    """Say something to the player, or among staff."""
    call.only_staff()
    body: AnswerAppealBody = call.body
    sealed = call.gateway.addresses.sealed_text(body.text)
    command = build(
        call, AnswerAppeal, appeal_id=_appeal_id(call), side="staff", internal=body.internal, sealed_text=sealed
    )
    return await _change(call, command, 201)


async def assign(call: Call) -> web.Response:
    """Say who looks at an appeal."""
    call.only_staff()
    body: AssigneeRequest = call.body
    return await _change(call, build(call, AssignAppeal, appeal_id=_appeal_id(call), assignee=body.assignee), 200)


async def decide(call: Call) -> web.Response:
    """Uphold, reduce or overturn."""
    call.only_staff()
    body: DecideAppealBody = call.body
    command = build(
        call,
        DecideAppeal,
        appeal_id=_appeal_id(call),
        verdict=body.verdict,
        text=body.text,
        duration_seconds=body.duration_seconds,
        punishments=body.punishments,
        scope=body.scope,
    )
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, decided_json(result) if result else {})


async def show_code(call: Call) -> web.Response:
    """The code of an infraction, to hand out."""
    call.only_staff()
    return json_answer(await _code(call, _infraction_id(call)))


async def renew_code(call: Call) -> web.Response:
    """A new code for an infraction; the old one ends."""
    call.only_staff()
    infraction_id = _infraction_id(call)
    command = build(call, RenewAppealCode, infraction_id=infraction_id)
    result = await call.gateway.intake.submit(command)
    content = await _code(call, infraction_id) if result else {}
    return command_answer(result, command.command_id, content)


async def _code(call: Call, infraction_id: str) -> dict[str, str | None]:
    found = await call.gateway.queries.ask(
        subjects.QUERY_APPEAL_CODE, GetAppealCode(infraction_id=infraction_id), AppealCodeFound
    )
    if found.code is None:
        raise UnknownInfraction
    invitations = call.gateway.appeals
    url = {"url": f"{invitations.console_url}/appeal/{infraction_id}"} if invitations else {}
    return {"infraction_id": infraction_id, "code": found.code, **url}


async def _change(call: Call, command: AppealCommand, status: int) -> web.Response:
    result = await call.gateway.intake.submit(command)
    return command_answer(result, command.command_id, changed_json(result) if result else {}, status)


def _appeal_id(call: Call) -> str:
    appeal_id = call.short_id("appeal_id")
    if appeal_id is None:
        raise UnknownAppeal
    return appeal_id


def _infraction_id(call: Call) -> str:
    infraction_id = call.short_id("infraction_id")
    if infraction_id is None:
        raise UnknownInfraction
    return infraction_id
