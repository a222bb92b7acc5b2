"""`/console/log-sources`: sources by how reading goes, one with what was found in it, and what may be done about it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import NotThere, OfALaterRelease, Problem
from banstream_console.staff.acting import EXPECTED, carry_out, confirm
from banstream_console.staff.durations import written
from banstream_console.staff.knowing import server_names
from banstream_console.staff.listing import ID, PAGE_LENGTH, PLACE, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.log_sources import (
    LogSourceCommand,
    PauseLogSource,
    RemoveLogSource,
    ResumeLogSource,
)
from banstream_contracts.log_sources import LogSource
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

PATH = "/console/log-sources"
TRIAL_SECONDS = 12.0
"""The feed itself gives a host ten."""

_PLAIN: Mapping[str, type[LogSourceCommand]] = {"pause": PauseLogSource, "resume": ResumeLogSource}


async def show_all(request: web.Request) -> web.StreamResponse:
    """Every source."""
    filters = filters_of(request)
    found = await told(
        request,
        subjects.QUERY_LOG_SOURCES,
        lambda: ListLogSources(cursor=filters.cursor(ID), limit=PAGE_LENGTH),
        LogSourcePage,
    )
    content = {**found.content, "filters": filters, "path": PATH, "servers": await server_names(request)}
    return staff_page(request, "log_sources/list.html", content, found.status)


async def show(request: web.Request) -> web.StreamResponse:
    """One source, and what was found in its logs."""
    return await _page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """Stop, or go on."""
    source_id = request.match_info["source_id"]
    kind, to = _PLAIN[request.match_info["what"]], f"{PATH}/{source_id}"
    return await carry_out(request, kind, to, partial(_page, request), source_id=source_id)


async def try_out(request: web.Request) -> web.StreamResponse:
    """Log in and look into the folder; nothing is read."""
    question = TestLogSource(source_id=request.match_info["source_id"])
    try:
        tested = await site_of(request).staff.questions.ask(
            subjects.QUERY_LOG_SOURCE_TEST, question, LogSourceTested, timeout_seconds=TRIAL_SECONDS
        )
    except EXPECTED as problem:
        return await _page(request, problem)
    return await _page(request, tested=tested)


async def ask(request: web.Request) -> web.StreamResponse:
    """Whether it is meant."""
    return await _confirm(request)


async def remove(request: web.Request) -> web.StreamResponse:
    """Follow the logs no more; what was found stays."""
    source_id = request.match_info["source_id"]
    return await carry_out(request, RemoveLogSource, PATH, partial(_confirm, request), source_id=source_id)


async def source_of(request: web.Request) -> LogSource:
    """The source that the address names. Raises NotThere, OfALaterRelease or Away."""
    return _source(await _found(request))


async def _found(request: web.Request) -> LogSourceFound:
    question = GetLogSource(source_id=request.match_info["source_id"])
    return await site_of(request).staff.questions.ask(subjects.QUERY_LOG_SOURCE, question, LogSourceFound)


def _source(found: LogSourceFound) -> LogSource:
    if found.unreadable is not None:
        raise OfALaterRelease(f"this source cannot be read: {found.unreadable}")
    if found.source is None:
        raise NotThere("no source of logs has this id")
    return found.source


async def _confirm(request: web.Request, problem: Problem | None = None) -> web.Response:
    source = await source_of(request)
    said = texts(language_for(request)).say
    content = {
        "heading": said("log-remove"),
        "text": said("log-remove-text", name=source.name),
        "action": request.path,
        "button": said("log-remove"),
        "back": f"{PATH}/{source.id}",
    }
    return confirm(request, content, problem)


async def _page(
    request: web.Request, problem: Problem | None = None, tested: LogSourceTested | None = None
) -> web.Response:
    found = await _found(request)
    source = _source(found)
    filters = filters_of(request, "status")
    findings = await told(
        request,
        subjects.QUERY_FINDINGS,
        lambda: ListFindings.model_validate(
            {
                "source_id": source.id,
                "status": filters.get("status"),
                "cursor": filters.cursor(PLACE),
                "limit": PAGE_LENGTH,
            }
        ),
        FindingPage,
    )
    content: dict[str, Any] = {
        **findings.content,
        "source": source,
        "progress": found.progress,
        "tested": tested,
        "servers": await server_names(request),
        "filters": filters,
        "path": f"{PATH}/{source.id}",
        "all": PATH,
        "statuses": list(FindingStatus),
        "lasts": written,
    }
    if problem:
        content["problem"] = problem
    return staff_page(request, "log_sources/one.html", content, problem.status if problem else findings.status)
