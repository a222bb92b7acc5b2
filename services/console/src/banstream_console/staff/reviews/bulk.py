"""One decision on many requests; each is carried out by itself, and a page tells what became of it."""

import asyncio
import re
from dataclasses import dataclass
from typing import get_args

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import Away, Refused, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import on_one_line, sent, several_of
from banstream_console.staff.listing import ID
from banstream_console.staff.pages import staff_page
from banstream_console.staff.reviews.outcomes import Outcome, State, packed, refused, unpacked
from banstream_console.staff.reviews.queue_page import PATH, filters_for, listed
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.requests import ApproveRequest, RejectRequest
from banstream_contracts.infractions import Lifetime
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.queries.requests import GetRequest, RequestFound
from banstream_contracts.results import Refusal
from banstream_runtime.identifiers import new_short_id

DECIDED = f"{PATH}/decided"
MOST = 100
_DECISIONS = ("approve", "reject")
_OF = "of"
"""Parameter of an address: the outcomes, with the mark of who decided."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """`is_bare`: it asks for a ban and names none."""

    request_id: str
    is_bare: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome on the page; `request` is how it stands now, None where nobody can say."""

    outcome: Outcome
    why: str
    request: ReviewRequest | None


async def decide(request: web.Request) -> web.StreamResponse:
    """Carry it out, and go on to a page that tells a result for each. Raises Away where none could be stored."""
    form = await several_of(request)
    decision = next(iter(form.get("decision", [])), "")
    reason = on_one_line(next(iter(form.get("reason", [])), ""))
    try:
        chosen = _chosen(form.get("id", []), decision, reason)
        outcomes = await asyncio.gather(*(_one(request, each, decision, reason) for each in chosen))
    except Unfit as problem:
        return await listed(request, problem)
    if {each.state for each in outcomes} == {"away"}:
        raise Away
    told = packed(outcomes)
    said = f"{told}.{person_of(request).mark(told)}"
    raise web.HTTPSeeOther(filters_for(request, DECIDED).address(**{_OF: said}, cursor=None))


async def show(request: web.Request) -> web.StreamResponse:
    """What became of each, and how it stands now; to the queue with an address that was made for somebody else."""
    told, _, mark = request.query.get(_OF, "").partition(".")
    queue = filters_for(request, PATH).address(cursor=None)
    if not person_of(request).has_marked(told, mark):
        raise web.HTTPSeeOther(queue)
    outcomes, said = unpacked(told), texts(language_for(request))
    requests = await asyncio.gather(*(_found(request, each.request_id) for each in outcomes))
    states = [each.state for each in outcomes]
    content = {
        "outcomes": [Told(each, each.why(said), now) for each, now in zip(outcomes, requests, strict=True)],
        "counts": {state: states.count(state) for state in get_args(State) if state in states},
        "is_all_done": set(states) == {"done"},
        "path": PATH,
        "queue": queue,
    }
    return staff_page(request, "reviews/decided.html", content)


def _chosen(ticked: list[str], decision: str, reason: str) -> list[_Choice]:
    """Those that are ticked, each once. Raises Unfit."""
    if decision not in _DECISIONS:
        raise Unfit({"decision": Wrong("choices", choices=", ".join(_DECISIONS))})
    found = [re.fullmatch(rf"({ID})(\+?)( .*)?", each, re.DOTALL) for each in dict.fromkeys(ticked)]
    chosen = [_Choice(each[1], bool(each[2])) for each in found if each]
    if not chosen:
        raise Unfit({"": Wrong("requests")})
    if len(chosen) > MOST:
        raise Unfit({"": Wrong("many", limit=MOST)})
    if decision == "reject" and not reason:
        raise Unfit({"reason": Wrong("rejection")})
    return chosen


async def _one(request: web.Request, choice: _Choice, decision: str, reason: str) -> Outcome:
    """Raises Unfit for a reason that no request takes."""
    request_id = choice.request_id
    try:
        if decision == "approve":
            terms = {"lifetime": Lifetime.PERMANENT} if choice.is_bare else {}
            result = await sent(
                request,
                ApproveRequest,
                request_id,
                request_id=request_id,
                infraction_id=new_short_id(),
                **terms,
            )
        else:
            once = f"{request_id} {reason}"
            result = await sent(request, RejectRequest, once, request_id=request_id, reason=reason)
    except Refused as problem:
        return refused(request_id, problem.refusal)
    except Unfit as problem:
        if "" not in problem.fields:
            raise
        return refused(request_id, Refusal(code="idempotency-key-reused", message=""))
    except Away:
        return Outcome(request_id=request_id, state="away")
    return Outcome(request_id=request_id, state="done" if result else "stored")


async def _found(request: web.Request, request_id: str) -> ReviewRequest | None:
    questions = site_of(request).staff.questions
    try:
        answer = await questions.ask(subjects.QUERY_REQUEST, GetRequest(request_id=request_id), RequestFound)
    except Away:
        return None
    return answer.request
