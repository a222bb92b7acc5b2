"""Targets of notifications: make, list, change, stop, try, and what was told to them."""

import re
from base64 import b64encode
from secrets import token_bytes
from uuid import UUID

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.notifier import (
    ChangeTarget,
    CreateTarget,
    PauseTarget,
    RedeliverDelivery,
    RemoveTarget,
    ResumeTarget,
    TargetCommand,
    TestTarget,
)
from banstream_contracts.notifier_targets import TargetKind
from banstream_contracts.queries.notifier import (
    DeliveryPage,
    DeliveryStatus,
    GetTarget,
    ListDeliveries,
    ListTargets,
    TargetFound,
    TargetPage,
)
from banstream_gateway.answers import accepted_answer, json_answer
from banstream_gateway.commands import build, has_own_id
from banstream_gateway.endpoints import Call
from banstream_gateway.native.target_answers import found_json, progress_json, target_json
from banstream_gateway.native.target_requests import (
    DeliveryQuery,
    TargetChangeRequest,
    TargetReasonRequest,
    TargetRequest,
    with_usual_events,
)
from banstream_gateway.problems import Unavailable, UnknownDelivery, UnknownTarget, UnreadableTarget
from banstream_gateway.requests import PageQuery
from banstream_privacy.transit import seal
from banstream_runtime.identifiers import new_short_id

_SECRET_BYTES = 32
_HINT = "This may be a repeat. The secret was in the first answer; change the target's secret to get a new one."
_UNREADABLE = (
    "A later release wrote it, or it is damaged. Run that release of the notifier and the gateway; of a damaged one,"
    " `banstream rebuild` of the notifier. What it is to be told is kept."
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def create(call: Call) -> web.Response:
    """Tell events to a new target; a secret that was made for it is shown this once."""
    body: TargetRequest = call.body
    made = None
    if body.kind is TargetKind.WEBHOOK and body.secret is None:
        made = f"whsec_{b64encode(token_bytes(_SECRET_BYTES)).decode()}"
    secret = body.secret or made
    command = build(
        call,
        CreateTarget,
        target_id=new_short_id(),
        kind=body.kind,
        name=body.name,
        sealed_url=_sealed(call, body.url),
        sealed_secret=_sealed(call, secret) if secret else None,
        filters=with_usual_events(body.filters),
        language=body.language,
        display=body.display,
    )
    result, is_first = await call.gateway.intake.submitted(command)
    if result is None or result.target is None:
        is_new = has_own_id(call) or is_first
        shown = {"id": command.target_id, **({"secret": made} if made else {})} if is_new else {"hint": _HINT}
        return accepted_answer(command.command_id, shown)
    content = {**target_json(result.target), "position": result.position}
    if made:
        content |= {"secret": made} if result.target.id == command.target_id else {"hint": _HINT}
    return json_answer(content, 201)


async def search(call: Call) -> web.Response:
    """A page of targets."""
    query: PageQuery = call.query
    page = await call.gateway.queries.ask(
        subjects.QUERY_TARGETS, ListTargets(cursor=query.cursor, limit=query.limit), TargetPage
    )
    items = [found_json(each) for each in page.items]
    return json_answer({"items": items, "next": page.next, "unreadable": page.unreadable})


async def find(call: Call) -> web.Response:
    """One target and how telling goes. Raises UnreadableTarget."""
    found = await _found(call)
    if found.unreadable is not None:
        raise UnreadableTarget(
            f"{found.unreadable}. {_UNREADABLE}", members={"id": _target_id(call), "progress": progress_json(found)}
        )
    return json_answer(found_json(found))


async def change(call: Call) -> web.Response:
    """Change what is named."""
    body: TargetChangeRequest = call.body
    command = build(
        call,
        ChangeTarget,
        target_id=_target_id(call),
        name=body.name,
        sealed_url=_sealed(call, body.url) if body.url else None,
        sealed_secret=_sealed(call, body.secret) if body.secret else None,
        filters=body.filters,
        language=body.language,
        display=body.display,
    )
    return await _carry_out(call, command)


async def pause(call: Call) -> web.Response:
    """Keep what is to be told."""
    body: TargetReasonRequest = call.body
    return await _carry_out(call, build(call, PauseTarget, target_id=_target_id(call), reason=body.reason))


async def resume(call: Call) -> web.Response:
    """Go on where a paused or broken target stopped."""
    return await _carry_out(call, build(call, ResumeTarget, target_id=_target_id(call)))


async def try_out(call: Call) -> web.Response:
    """Send a test message."""
    return await _carry_out(call, build(call, TestTarget, target_id=_target_id(call)))


async def remove(call: Call) -> web.Response:
    """End a target for good."""
    command = build(call, RemoveTarget, target_id=_target_id(call))
    result = await call.gateway.intake.submit(command)
    if result is None:
        return accepted_answer(command.command_id, {})
    return json_answer({"id": command.target_id, "status": "removed", "position": result.position})


async def deliveries(call: Call) -> web.Response:
    """A page of what was told to a target; of one that was removed as well, where there is something."""
    query: DeliveryQuery = call.query
    question = ListDeliveries(
        target_id=_target_id(call),
        status=DeliveryStatus(query.status) if query.status else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    page = await call.gateway.queries.ask(subjects.QUERY_DELIVERIES, question, DeliveryPage)
    if not page.items:
        await _found(call)
    items = [each.model_dump(mode="json", exclude_none=True) for each in page.items]
    return json_answer({"items": items, "next": page.next})


async def redeliver(call: Call) -> web.Response:
    """Tell an event again."""
    event_id = call.request.match_info["event_id"]
    if not _UUID.fullmatch(event_id):
        raise UnknownDelivery
    command = build(call, RedeliverDelivery, target_id=_target_id(call), event_id=UUID(event_id))
    return await _carry_out(call, command)


async def _found(call: Call) -> TargetFound:
    """The target that the path names, or why it cannot be read. Raises UnknownTarget."""
    question = GetTarget(target_id=_target_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_TARGET, question, TargetFound)
    if found.target is None and found.unreadable is None:
        raise UnknownTarget
    return found


async def _carry_out(call: Call, command: TargetCommand) -> web.Response:
    result = await call.gateway.intake.submit(command)
    if result is None or result.target is None:
        return accepted_answer(command.command_id, {})
    return json_answer({**target_json(result.target), "position": result.position})


def _sealed(call: Call, text: str) -> str:
    """Only the notifier opens it. Raises Unavailable where this gateway was not told the notifier's key."""
    key = call.gateway.notifier_key
    if key is None:
        raise Unavailable("This gateway has no BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY: targets cannot be sealed.")
    return seal(key, text)


def _target_id(call: Call) -> str:
    target_id = call.short_id("target_id")
    if target_id is None:
        raise UnknownTarget
    return target_id
