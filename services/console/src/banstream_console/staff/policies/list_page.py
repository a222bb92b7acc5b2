"""`/console/policies`: those of abuse and those of tiers."""

import re

from aiohttp import web

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import fields_of
from banstream_console.staff.durations import written
from banstream_console.staff.knowing import server_names
from banstream_console.staff.listing import told
from banstream_console.staff.pages import staff_page
from banstream_contracts import subjects
from banstream_contracts.queries.abuse import ListPolicies, PolicyList
from banstream_contracts.queries.plugins import ListTieringPolicies, TieringPolicyPage

PATH = "/console/policies"

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


async def show(request: web.Request) -> web.StreamResponse:
    """Both lists; of a service that is away its own is missing."""
    return await _page(request)


async def begin(request: web.Request) -> web.StreamResponse:
    """The form of a policy that there is not yet, by the name that it gets."""
    policy_id = (await fields_of(request)).get("policy_id", "")
    if not _ID.fullmatch(policy_id):
        return await _page(request, Unfit({"policy_id": Wrong("policy-id")}), policy_id)
    raise web.HTTPSeeOther(f"{PATH}/{policy_id}")


async def _page(request: web.Request, problem: Unfit | None = None, given: str = "") -> web.Response:
    policies = await told(request, subjects.QUERY_POLICIES, ListPolicies, PolicyList)
    tiers = await told(request, subjects.QUERY_TIERING_POLICIES, ListTieringPolicies, TieringPolicyPage)
    content = {
        "policies": policies.answer,
        "tiers": tiers.answer,
        "servers": await server_names(request),
        "path": PATH,
        "problem": problem or policies.problem or tiers.problem,
        "fields": problem.fields if problem else {},
        "written": written,
        "given": given,
    }
    return staff_page(request, "policies/list.html", content, problem.status if problem else policies.status)
