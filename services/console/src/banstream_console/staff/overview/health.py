"""How the services are: who leads, what waits for whom, which targets are broken, what was put aside."""

import asyncio
from dataclasses import dataclass

import orjson
from aiohttp import web

from banstream_console.problems.exceptions import Away
from banstream_console.web.site import site_of
from banstream_contracts import streams, subjects
from banstream_contracts.notifier_targets import TargetStatus
from banstream_contracts.queries.notifier import ListTargets, TargetPage
from banstream_contracts.queries.query import GetStatus, ServiceStatus
from banstream_contracts.streams import ConsumerSpec
from banstream_edge import errors

_API = "$JS.API"
_ASK_SECONDS = 1.0
_MOST_TARGETS = 500
_MANY = 100
"""So much that waits is worth a look."""

SERVICES = (
    (streams.INFRACTIONS_INTAKE, subjects.QUERY_STATUS),
    (streams.ABUSE_INTAKE, subjects.QUERY_ABUSE_STATUS),
    (streams.NOTIFIER_INTAKE, subjects.QUERY_NOTIFIER_STATUS),
    (streams.FTP_SYNC_INTAKE, subjects.QUERY_FTP_SYNC_STATUS),
    (streams.DAYZ_INTAKE, subjects.QUERY_DAYZ_STATUS),
)


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `waiting` are commands, `unpublished` events; None is not known."""

    name: str
    is_there: bool
    waiting: int | None
    unpublished: int | None

    @property
    def mood(self) -> str:
        """`good`, `warn` or `bad`."""
        if not self.is_there:
            return "bad"
        return "warn" if (self.waiting or 0) > _MANY or (self.unpublished or 0) > _MANY else "good"


@dataclass(frozen=True, slots=True)
class Health:
    """`broken` are the names of targets; None where the notifier does not answer. `dead` counts letters."""

    services: tuple[Service, ...]
    broken: tuple[str, ...] | None
    dead: int | None


async def health_of(request: web.Request) -> Health:
    """Everything at once; what does not answer is not known."""
    services, broken, dead = await asyncio.gather(
        asyncio.gather(*(_service(request, spec, subject) for spec, subject in SERVICES)),
        _broken(request),
        _number(request, f"{_API}.STREAM.INFO.{streams.DEAD}", "state", "messages"),
    )
    return Health(tuple(services), broken, dead)


async def _service(request: web.Request, spec: ConsumerSpec, subject: str) -> Service:
    waiting, status = await asyncio.gather(
        _number(request, f"{_API}.CONSUMER.INFO.{spec.stream}.{spec.name}", "num_pending"), _status(request, subject)
    )
    unpublished = max(0, status.head - status.relayed) if status else None
    return Service(spec.name, status is not None, waiting, unpublished)


async def _status(request: web.Request, subject: str) -> ServiceStatus | None:
    try:
        return await site_of(request).staff.questions.ask(subject, GetStatus(), ServiceStatus, _ASK_SECONDS)
    except Away:
        return None


async def _broken(request: web.Request) -> tuple[str, ...] | None:
    try:
        page = await site_of(request).staff.questions.ask(
            subjects.QUERY_TARGETS, ListTargets(limit=_MOST_TARGETS), TargetPage, _ASK_SECONDS
        )
    except Away:
        return None
    targets = [each.target for each in page.items if each.target]
    return tuple(each.name for each in targets if each.status is TargetStatus.BROKEN)


async def _number(request: web.Request, subject: str, *path: str) -> int | None:
    """A number of what JetStream says of a stream or consumer."""
    try:
        reply = await site_of(request).staff.bus.ask(subject, b"", {}, _ASK_SECONDS)
        found = orjson.loads(reply.data)
        for name in path:
            found = found[name]
        return int(found)
    except (errors.Unavailable, KeyError, TypeError, ValueError):
        return None
