"""`/console/appeals/<id>`: one appeal, its conversation, and the decision."""

from aiohttp import web

from banstream_console.access.people import Person, person_of
from banstream_console.problems.exceptions import Away, Forbidden, NotThere, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import carry_out, fields_of, on_one_line, several_of
from banstream_console.staff.appeals.queue_page import PATH
from banstream_console.staff.durations import CHOICES, PERMANENT, chosen
from banstream_console.staff.infractions_in_words import name_of
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import Site, site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.appeals import Appeal, Verdict
from banstream_contracts.commands.appeals import AnswerAppeal, AppealCommand, AssignAppeal, DecideAppeal
from banstream_contracts.infractions import Infraction, Punishment, Scope
from banstream_contracts.queries.appeals import AppealFound, GetAppeal
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_contracts.text import LINE_END
from banstream_privacy.transit import seal

LONGEST_TEXT = 2000


async def show(request: web.Request) -> web.StreamResponse:
    """Everything about one appeal."""
    return await _page(request)


async def answer(request: web.Request) -> web.StreamResponse:
    """To the player, or a note among staff."""
    form, site = await fields_of(request), site_of(request)
    text = on_one_line(form.get("text", ""))
    if not text or len(text) > LONGEST_TEXT:
        return await _page(request, Unfit({"text": Wrong("text", limit=LONGEST_TEXT)}))
    if form.get("to") not in {"player", "staff"}:
        return await _page(request, Unfit({"to": Wrong("choices", choices="player, staff")}))
    sealed = _sealed(site, text)
    if isinstance(sealed, Problem):
        return await _page(request, sealed)
    return await _change(request, AnswerAppeal, side="staff", internal=form["to"] == "staff", sealed_text=sealed)


async def assign(request: web.Request) -> web.StreamResponse:
    """Take it, or let go of it."""
    takes = (await fields_of(request)).get("to") == "me"
    return await _change(request, AssignAppeal, **(person_of(request).as_assignee if takes else {}))


async def decide(request: web.Request) -> web.StreamResponse:
    """Uphold, reduce or overturn."""
    try:
        terms = decision_of(await several_of(request), person_of(request))
    except Unfit as problem:
        return await _page(request, problem)
    return await _change(request, DecideAppeal, **terms)


def decision_of(form: dict[str, list[str]], person: Person) -> dict[str, object]:
    """What the form decides. Raises Unfit, and Forbidden for a scope that the person may not give."""
    verdict = next(iter(form.get("verdict", [])), "")
    if verdict not in set(Verdict):
        raise Unfit({"verdict": Wrong("choices", choices=", ".join(Verdict))})
    terms: dict[str, object] = {"verdict": verdict, "text": on_one_line("".join(form.get("text", []))) or ""}
    if not terms["text"]:
        raise Unfit({"text": Wrong("text-public")})
    if verdict != Verdict.REDUCED:
        return terms
    if duration := "".join(form.get("duration", [])):
        terms["duration_seconds"] = chosen(duration)
    if punishments := form.get("punishments"):
        if not set(punishments) <= set(Punishment):
            raise Unfit({"punishments": Wrong("punishments")})
        terms["punishments"] = tuple(punishments)
    if scope := "".join(form.get("scope", [])):
        if scope == Scope.COMMUNITY and not person.may(Right.SCOPE_COMMUNITY):
            raise Forbidden
        terms["scope"] = scope
    if len(terms) == 2:  # noqa: PLR2004 - verdict and text
        raise Unfit({"duration": Wrong("reduces-nothing")})
    return terms


def _sealed(site: Site, text: str) -> str | Problem:
    """What staff write is sealed too: only infractions opens it."""
    key = site.settings.sealing_public_key
    return seal(bytes.fromhex(key), text) if key else Away("this console has no BANSTREAM_SEALING_PUBLIC_KEY")


async def _change(request: web.Request, kind: type[AppealCommand], **fields: object) -> web.StreamResponse:
    appeal_id = request.match_info["appeal_id"]

    async def again(problem: Problem) -> web.StreamResponse:
        return await _page(request, problem)

    return await carry_out(request, kind, f"{PATH}/{appeal_id}", again, appeal_id=appeal_id, **fields)


async def _page(request: web.Request, problem: Problem | None = None) -> web.Response:
    found, person = await _found(request), person_of(request)
    infraction = await _infraction(request, found)
    form = await several_of(request) if request.path.endswith(("/answer", "/decide")) else {}
    content = {
        "found": found,
        "infraction": infraction,
        "name": name_of(infraction) if infraction else "",
        "path": f"{PATH}/{found.id}",
        "queue": PATH,
        "given": {name: values[0].replace(LINE_END, "\n") for name, values in form.items()},
        "ticked": form.get("punishments", []),
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "durations": [each for each in CHOICES if each != PERMANENT],
        "scopes": [each for each in Scope if each is not Scope.COMMUNITY or person.may(Right.SCOPE_COMMUNITY)],
        "is_mine": person.looks_at(found),
        "is_own": found.issuer is not None and found.issuer.kind == "person" and found.issuer.id == person.account.id,
        "may_answer": bool(site_of(request).settings.sealing_public_key),
    }
    return staff_page(request, "appeals/appeal.html", content, problem.status if problem else 200)


async def _found(request: web.Request) -> Appeal:
    """Raises NotThere, and Away."""
    question = GetAppeal(appeal_id=request.match_info["appeal_id"])
    found = await site_of(request).staff.questions.ask(subjects.QUERY_APPEAL, question, AppealFound)
    if found.appeal is None:
        raise NotThere("no appeal has this id")
    return found.appeal


async def _infraction(request: web.Request, appeal: Appeal) -> Infraction | None:
    question = GetInfraction(infraction_id=appeal.infraction_id)
    answer = await site_of(request).staff.questions.ask(subjects.QUERY_INFRACTION, question, InfractionFound)
    return answer.infraction
