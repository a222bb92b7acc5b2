"""One decision on many requests; each is carried out, and told, by itself."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from banstream_console.problems import Away, Problem, Refused, Unfit
from banstream_console.site import language_for
from banstream_console.staff.acting import on_one_line, sent, several_of
from banstream_console.staff.pages import staff_page
from banstream_console.staff.reviews.queue_page import PATH, listed
from banstream_console.texts import texts
from banstream_console.wrongs import Wrong, problem_said
from banstream_contracts.infractions import Lifetime
from banstream_contracts.request_commands import ApproveRequest, RejectRequest
from banstream_runtime.identifiers import new_short_id

MOST = 100
_DECISIONS = ("approve", "reject")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: `done`, `stored`, `refused` or `away`; `detail` says why not."""

    request_id: str
    player: str
    state: str
    detail: str = ""


async def decide(request: web.Request) -> web.StreamResponse:
    """A result for each request that was ticked; the page read again sends the same commands, which happen once."""
    form = await several_of(request)
    chosen = list(dict.fromkeys(form.get("id", [])))[:MOST]
    decision = next(iter(form.get("decision", [])), "")
    reason = on_one_line(next(iter(form.get("reason", [])), ""))
    if problem := _wrong(chosen, decision, reason):
        return await listed(request, problem)
    outcomes = await asyncio.gather(*(_one(request, each, decision, reason) for each in chosen))
    states = {each.state for each in outcomes}
    status = Away().status if states == {"away"} else 200
    return staff_page(request, "reviews/decided.html", {"outcomes": outcomes, "queue": PATH}, status)


def _wrong(chosen: list[str], decision: str, reason: str) -> Unfit | None:
    if decision not in _DECISIONS:
        return Unfit({"decision": Wrong("choices", choices=", ".join(_DECISIONS))})
    if not chosen:
        return Unfit({"id": Wrong("requests")})
    if decision == "reject" and not reason:
        return Unfit({"reason": Wrong("rejection")})
    return None


async def _one(request: web.Request, choice: str, decision: str, reason: str) -> Outcome:
    """`choice` is the request's id, `+` where it asks for a ban and names none, and the player."""
    request_id, _, player = choice.partition(" ")
    is_bare = request_id.endswith("+")
    request_id = request_id.removesuffix("+")
    try:
        if decision == "approve":
            terms = {"lifetime": Lifetime.PERMANENT} if is_bare else {}
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
    except (Refused, Unfit) as problem:
        return Outcome(request_id, player, "refused", _said(request, problem))
    except Away as problem:
        return Outcome(request_id, player, "away", _said(request, problem))
    return Outcome(request_id, player, "done" if result else "stored")


def _said(request: web.Request, problem: Problem) -> str:
    return " ".join(problem_said(problem, texts(language_for(request))))
