"""Taking back what somebody did: what would be done, and doing it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.infractions import Actor, Infraction
from banstream_contracts.players import address_token
from banstream_contracts.queries.undoing import DonePage, ListDone
from banstream_edge.check import in_force
from banstream_edge.undoing import CLOCKS_DIFFER, Undoer, doer_of, undoing
from banstream_gateway.answers import json_answer
from banstream_gateway.endpoints import PUNISH, Call
from banstream_gateway.native.checks import held_for, reach
from banstream_gateway.native.many import became_json, carried_out, many_answer
from banstream_gateway.native.undoing_answers import taken_back_json
from banstream_gateway.native.undoing_requests import UndoingRequest
from banstream_gateway.problems import Forbidden, invalid
from banstream_runtime.telemetry import correlation_id

_PAGE = 100
_PAGE_SECONDS = 10.0
"""All that happened to as many infractions is read for it, and asking again would take as long."""

_CLOCKS_APART = timedelta(minutes=1)
"""The page before may come from a gateway whose clock is ahead of this one's."""


async def undo(call: Call) -> web.Response:
    """Take back a page of what somebody did, where nobody else has decided on it since."""
    body: UndoingRequest = call.body
    _only_who_punishes(call)
    now = datetime.now(UTC)
    until = _until(body, now)
    await reach(call, [], None)  # or else nobody knows yet what else restricts a player
    question = ListDone(by=doer_of(body.by), since=body.since, until=until, before=body.before, limit=_PAGE)
    page = await call.gateway.queries.ask(subjects.QUERY_DONE, question, DonePage, _PAGE_SECONDS)
    items = [taken_back_json(each) for each in page.items]
    content = {"until": until, "items": items, "next": page.next}
    if body.dry_run:
        _tell_what_else_restricts(call, page, items)
        return json_answer(content)
    undoer = Undoer(call.actor, correlation_id(), body.reason)
    due = {number: command for number, each in enumerate(page.items) if (command := undoing(each, undoer))}
    content["undo"] = _undo_of(call.actor, now)
    results = await carried_out(call, due.values())
    for number, command, result in zip(due, due.values(), results, strict=True):
        is_lift = command.type == "lift_infraction"
        items[number] |= became_json(result, "unchanged", {"ended": "unchanged"} if is_lift else {})
    _tell_what_else_restricts(call, page, items)
    return many_answer(content, results)


def _only_who_punishes(call: Call) -> None:
    """Raises Forbidden for who may not do by itself what is done here."""
    if PUNISH not in call.credential.scopes or call.credential.review:
        raise Forbidden("This needs the scope punish too, of a token whose bans do not wait for staff.")


def _until(body: UndoingRequest, now: datetime) -> datetime:
    """Raises Invalid for a time that has no length, or in which more may still happen."""
    if body.before is not None and body.until is None:
        raise invalid("until", "comes with before: it is the one that the first page answered")
    until = body.until or now
    if until > now + _CLOCKS_APART:
        raise invalid("until", "is in the future")
    if body.since >= until:
        raise invalid("since", "is not before until" if body.until else "is not in the past")
    return until


def _undo_of(actor: Actor, now: datetime) -> dict[str, Any]:
    """What to ask for to take back what is done from now on, by a clock that may be behind this one."""
    return {"by": f"{actor.kind}:{actor.id}", "since": now - CLOCKS_DIFFER}


def _tell_what_else_restricts(call: Call, page: DonePage, items: list[dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    for each, item in zip(page.items, items, strict=True):
        if item["outcome"] == "lifted":
            item["also"] = _also(call, each.infraction, now)


def _also(call: Call, infraction: Infraction, now: datetime) -> list[str]:
    """The other infractions that restrict the player, or the address, now."""
    keys = [infraction.player.token] if infraction.player else []
    if infraction.address_hash:
        keys.append(address_token(infraction.address_hash))
    held = in_force(held_for(call.gateway, keys), now)
    return sorted({each.infraction_id for each in held} - {infraction.id})
