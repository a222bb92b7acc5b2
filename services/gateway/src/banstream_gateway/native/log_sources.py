"""Sources of DayZ logs: add, list, change, stop, try, and what was found in them."""

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.log_sources import (
    AddLogSource,
    ChangeLogSource,
    LogSourceCommand,
    PauseLogSource,
    RemoveLogSource,
    ResumeLogSource,
)
from banstream_contracts.log_sources import Login
from banstream_contracts.queries.log_sources import (
    FindingPage,
    FindingStatus,
    GetLogSource,
    ListFindings,
    ListLogSources,
    LogSourceFound,
    LogSourcePage,
    LogSourceTested,
    TestLogSource,
)
from banstream_gateway.answers import accepted_answer, json_answer
from banstream_gateway.commands import build
from banstream_gateway.endpoints import Call
from banstream_gateway.native.log_source_answers import found_json, log_source_json, progress_json
from banstream_gateway.native.log_source_requests import (
    FindingQuery,
    LoginRequest,
    LogSourceChangeRequest,
    LogSourceReasonRequest,
    LogSourceRequest,
)
from banstream_gateway.problems import Unavailable, UnknownLogSource, UnreadableLogSource
from banstream_gateway.requests import PageQuery
from banstream_privacy.transit import seal
from banstream_runtime.identifiers import new_short_id

_TEST_SECONDS = 12.0
"""The feed itself gives a host ten."""
_UNREADABLE = (
    "A later release wrote it, or it is damaged. Run that release of the DayZ feed and the gateway; of a damaged one,"
    " `banstream rebuild` of the feed. Its logs are read on from where reading stands, as long as the host keeps them."
)


async def add(call: Call) -> web.Response:
    """Follow the logs in a folder from now on."""
    body: LogSourceRequest = call.body
    command = build(
        call,
        AddLogSource,
        source_id=new_short_id(),
        name=body.name,
        server_id=body.server_id,
        login=_login(body.login),
        sealed_secret=_sealed(call, body.secret) if body.secret else None,
        time_zone=body.time_zone,
        poll_seconds=body.poll_seconds,
        look_back_seconds=body.look_back_seconds,
        rules=body.rules,
    )
    return await _carry_out(call, command, 201)


async def search(call: Call) -> web.Response:
    """A page of sources."""
    query: PageQuery = call.query
    question = ListLogSources(cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_LOG_SOURCES, question, LogSourcePage)
    items = [found_json(each) for each in page.items]
    return json_answer({"items": items, "next": page.next, "unreadable": page.unreadable})


async def find(call: Call) -> web.Response:
    """One source and how reading goes. Raises UnreadableLogSource."""
    found = await _found(call)
    if found.unreadable is not None:
        raise UnreadableLogSource(
            f"{found.unreadable}. {_UNREADABLE}", members={"id": _source_id(call), "progress": progress_json(found)}
        )
    return json_answer(found_json(found))


async def change(call: Call) -> web.Response:
    """Change what is named."""
    body: LogSourceChangeRequest = call.body
    command = build(
        call,
        ChangeLogSource,
        source_id=_source_id(call),
        name=body.name,
        server_id=body.server_id,
        login=_login(body.login) if body.login else None,
        sealed_secret=_sealed(call, body.secret) if body.secret else None,
        time_zone=body.time_zone,
        poll_seconds=body.poll_seconds,
        look_back_seconds=body.look_back_seconds,
        rules=body.rules,
    )
    return await _carry_out(call, command)


async def pause(call: Call) -> web.Response:
    """Read no further."""
    body: LogSourceReasonRequest = call.body
    return await _carry_out(call, build(call, PauseLogSource, source_id=_source_id(call), reason=body.reason))


async def resume(call: Call) -> web.Response:
    """Go on where reading stopped."""
    return await _carry_out(call, build(call, ResumeLogSource, source_id=_source_id(call)))


async def remove(call: Call) -> web.Response:
    """End a source for good."""
    command = build(call, RemoveLogSource, source_id=_source_id(call))
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    return json_answer({"id": command.source_id, "status": "removed", "position": result.position})


async def try_out(call: Call) -> web.Response:
    """Log in and look, now."""
    question = TestLogSource(source_id=_source_id(call))
    tested = await call.gateway.queries.ask(
        subjects.QUERY_LOG_SOURCE_TEST, question, LogSourceTested, timeout_seconds=_TEST_SECONDS
    )
    if not tested.is_known:
        raise UnknownLogSource
    return json_answer({"error": tested.error, "logs": tested.logs, "newest": tested.newest})


async def findings(call: Call) -> web.Response:
    """A page of what was found; in the logs of a source that was removed as well, where there is something."""
    query: FindingQuery = call.query
    question = ListFindings(
        source_id=_source_id(call),
        status=FindingStatus(query.status) if query.status else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_FINDINGS, question, FindingPage)
    if not page.items and not page.unreadable:
        await _found(call)
    items = [each.model_dump(mode="json", exclude_none=True) for each in page.items]
    return json_answer({"items": items, "next": page.next, "unreadable": page.unreadable})


async def _found(call: Call) -> LogSourceFound:
    """The source that the path names, or why it cannot be read. Raises UnknownLogSource."""
    question = GetLogSource(source_id=_source_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_LOG_SOURCE, question, LogSourceFound)
    if found.source is None and found.unreadable is None:
        raise UnknownLogSource
    return found


async def _carry_out(call: Call, command: LogSourceCommand, status: int = 200) -> web.Response:
    result = await call.gateway.intake.submit(command)
    if result is None or result.log_source is None:
        return accepted_answer(command.command_id, {"id": command.source_id})
    return json_answer({**log_source_json(result.log_source), "position": result.position}, status)


def _login(login: LoginRequest) -> Login:
    return Login.model_validate(login.model_dump())


def _sealed(call: Call, text: str) -> str:
    """Only the feed opens it. Raises Unavailable where this gateway was not told the feed's key."""
    key = call.gateway.dayz_feed_key
    if key is None:
        raise Unavailable("This gateway has no BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY: secrets cannot be sealed.")
    return seal(key, text)


def _source_id(call: Call) -> str:
    source_id = call.short_id("source_id")
    if source_id is None:
        raise UnknownLogSource
    return source_id
