"""`/console/tiers/<id>`: a policy of tiers of one game server, made, changed and taken out of use."""

from collections.abc import Mapping

from aiohttp import web

from banstream_console.presentation.texts import texts
from banstream_console.problems.exceptions import NotThere, Problem, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import carry_out, confirm, several_of
from banstream_console.staff.knowing import server_names
from banstream_console.staff.pages import staff_page
from banstream_console.staff.policies.list_page import PATH as POLICIES
from banstream_console.staff.tiers.forms import WARNING, Given, form_of, rows_of, terms_of
from banstream_console.web.site import language_for, site_of
from banstream_contracts import subjects
from banstream_contracts.commands.tiering import RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.infractions import Punishment
from banstream_contracts.queries.plugins import ListTieringPolicies, TieringPolicyPage
from banstream_contracts.tiering import TieringPolicy, TieringTerms
from banstream_runtime.identifiers import new_short_id

PATH = "/console/tiers"
NEW = f"{PATH}/new"


async def show_new(request: web.Request) -> web.StreamResponse:
    """The empty form."""
    return await _form(request, {"everywhere": ["on"], "counts": ["30d"]})


async def make(request: web.Request) -> web.StreamResponse:
    """A policy of the game server that the form names."""
    form = await several_of(request)
    server_id = next(iter(form.get("server", [])), "")
    is_one = server_id in await server_names(request)
    wrong = {} if is_one else {"server": Wrong("server-of-policy")}
    return await _register(request, form, new_short_id(), server_id, None, wrong)


async def show(request: web.Request) -> web.StreamResponse:
    """The form as the policy is."""
    policy = await _policy(request)
    return await _form(request, form_of(policy.terms, policy.server_id), policy)


async def change(request: web.Request) -> web.StreamResponse:
    """Other terms under the same id: what was issued by it goes on counting."""
    policy = await _policy(request)
    return await _register(request, await several_of(request), policy.id, policy.server_id, policy, {})


async def ask(request: web.Request) -> web.StreamResponse:
    """Whether it is meant."""
    return _confirm(request, await _policy(request))


async def remove(request: web.Request) -> web.StreamResponse:
    """Nothing is punished by it any more; what was stays as it is."""
    policy = await _policy(request)

    async def again(problem: Problem) -> web.StreamResponse:
        return _confirm(request, policy, problem)

    return await carry_out(
        request, UnlinkTieringPolicy, POLICIES, again, tiering_policy_id=policy.id, server_id=policy.server_id
    )


async def _register(
    request: web.Request,
    form: Given,
    policy_id: str,
    server_id: str,
    policy: TieringPolicy | None,
    wrong: Mapping[str, str],
) -> web.StreamResponse:
    """What is `wrong` already is told with everything else."""

    async def again(problem: Problem) -> web.StreamResponse:
        return await _form(request, form, policy, problem)

    try:
        terms: TieringTerms = terms_of(form)
    except Unfit as problem:
        return await again(Unfit({**wrong, **problem.fields}))
    if wrong:
        return await again(Unfit(wrong))
    return await carry_out(
        request,
        RegisterTieringPolicy,
        POLICIES,
        again,
        tiering_policy_id=policy_id,
        server_id=server_id,
        terms=terms,
    )


async def _policy(request: web.Request) -> TieringPolicy:
    """The one in use that the address names. Raises NotThere or Away."""
    page = await site_of(request).staff.questions.ask(
        subjects.QUERY_TIERING_POLICIES, ListTieringPolicies(), TieringPolicyPage
    )
    found = next((each for each in page.items if each.id == request.match_info["policy_id"]), None)
    if found is None:
        raise NotThere("no policy in use has this id")
    return found


async def _form(
    request: web.Request, form: Given, policy: TieringPolicy | None = None, problem: Problem | None = None
) -> web.Response:
    content = {
        "policy": policy,
        "form": form,
        "one": lambda name: next(iter(form.get(name, ())), ""),
        "rows": range(rows_of(form)),
        "punishments": [each.value for each in Punishment],
        "warning": WARNING,
        "servers": await server_names(request),
        "path": f"{PATH}/{policy.id}" if policy else NEW,
        "all": POLICIES,
        "problem": problem,
        "fields": problem.fields if isinstance(problem, Unfit) else {},
    }
    return staff_page(request, "tiers/one.html", content, problem.status if problem else 200)


def _confirm(request: web.Request, policy: TieringPolicy, problem: Problem | None = None) -> web.Response:
    said = texts(language_for(request)).say
    content = {
        "heading": said("tiers-remove"),
        "text": said("tiers-remove-text", name=policy.terms.name),
        "action": request.path,
        "button": said("tiers-remove"),
        "back": f"{PATH}/{policy.id}",
    }
    return confirm(request, content, problem)
