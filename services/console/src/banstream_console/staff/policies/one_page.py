"""`/console/policies/<id>`: one policy in any of its versions, changed, tried, removed."""

from typing import Any

from aiohttp import web

from banstream_console.access.people import person_of
from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import NotThere, Problem, Refused, Unfit
from banstream_console.staff import undoing
from banstream_console.staff.acting import carry_out, confirm, several_of
from banstream_console.staff.pages import staff_page
from banstream_console.staff.policies.forms import THRESHOLDS, Given, form_of, policy_of
from banstream_console.staff.policies.list_page import PATH
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.commands.abuse import RemovePolicy, SetPolicy
from banstream_contracts.infractions import Scope, Severity
from banstream_contracts.policies import DEFAULT_POLICY_ID, Policy, PolicyVersion
from banstream_contracts.queries.abuse import GetPolicy, PolicyFound
from banstream_contracts.queries.simulation import PolicySimulated

_LONGEST_VERSION = 9
VERSIONS_SHOWN = 20
SIMULATED_DAYS = (1, 7, 14, 30, 90)


async def show(request: web.Request) -> web.StreamResponse:
    """The version that holds, or the one that the address names; an id that is not there yet is a new policy."""
    wanted = request.query.get("version", "")
    if not wanted:
        return await page(request)
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_VERSION):
        raise NotThere("a version is a number")
    found = await _ask(request, int(wanted))
    if found is None:
        raise NotThere("the policy has no such version")
    return await page(request, form=form_of(found.policy), shown_version=found.version)


async def save(request: web.Request) -> web.StreamResponse:
    """The next version, unless somebody else has made one since the form was read."""
    form = await several_of(request)

    async def again(problem: Problem) -> web.StreamResponse:
        return await page(request, problem, form)

    try:
        policy = policy_of(form)
    except Unfit as problem:
        return await again(problem)
    policy_id = request.match_info["policy_id"]
    seen = "".join(form.get("version", []))
    expected = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= _LONGEST_VERSION else None
    return await carry_out(
        request,
        SetPolicy,
        f"{PATH}/{policy_id}",
        again,
        policy_id=policy_id,
        policy=policy,
        expected_version=expected,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Whether it is meant."""
    return _confirm(request)


async def remove(request: web.Request) -> web.StreamResponse:
    """Its servers fall to the default one."""

    async def again(problem: Problem) -> web.StreamResponse:
        return _confirm(request, problem)

    return await carry_out(request, RemovePolicy, PATH, again, policy_id=request.match_info["policy_id"])


async def page(
    request: web.Request,
    problem: Problem | None = None,
    form: Given | None = None,
    simulated: PolicySimulated | None = None,
    shown_version: int | None = None,
) -> web.Response:
    """The form, filled in as given or as the policy is, and what came of a simulation. Raises Away."""
    held = await _ask(request)
    policy_id = request.match_info["policy_id"]
    version = held.version if held else 0
    content: dict[str, Any] = {
        "policy_id": policy_id,
        "held": held,
        "version": version,
        "seen": version if isinstance(problem, Refused) else given(form or {}, "version") or version,
        "shown_version": shown_version,
        "versions": range(version, max(0, version - VERSIONS_SHOWN), -1),
        "form": form or form_of(held.policy if held else Policy()),
        "thresholds": THRESHOLDS,
        "scopes": list(Scope),
        "severities": [each.value for each in reversed(Severity)],
        "path": f"{PATH}/{policy_id}",
        "all": PATH,
        "undo": _undo(request) if held else None,
        "is_default": policy_id == DEFAULT_POLICY_ID,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
        "simulated": simulated,
        "days": SIMULATED_DAYS,
        "given": given,
    }
    return staff_page(request, "policies/one.html", content, problem.status if problem else 200)


def given(form: Given, name: str) -> str:
    """A field of the form, for its template."""
    return next(iter(form.get(name, ())), "")


def _undo(request: web.Request) -> str | None:
    """Where to take back what the policy did; None for who may not."""
    if not person_of(request).may(Right.MANAGE_ADMINS):
        return None
    return undoing.address(f"policy:{request.match_info['policy_id']}", site_of(request).zone)


async def _ask(request: web.Request, version: int | None = None) -> PolicyVersion | None:
    question = GetPolicy(policy_id=request.match_info["policy_id"], version=version)
    answer = await site_of(request).staff.questions.ask(subjects.QUERY_POLICY, question, PolicyFound)
    return answer.policy


def _confirm(request: web.Request, problem: Problem | None = None) -> web.Response:
    said = texts(language_for(request)).say
    policy_id = request.match_info["policy_id"]
    content = {
        "heading": said("policy-remove"),
        "text": said("policy-remove-text", id=policy_id),
        "action": request.path,
        "button": said("policy-remove"),
        "back": f"{PATH}/{policy_id}",
    }
    return confirm(request, content, problem)
