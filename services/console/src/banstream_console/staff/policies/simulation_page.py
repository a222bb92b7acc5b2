"""A draft tried on the last days of the log; the form stays as it was filled in, and nothing is changed."""

from aiohttp import web

from banstream_console.problems.exceptions import Away, Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.acting import several_of
from banstream_console.staff.policies.forms import policy_of
from banstream_console.staff.policies.one_page import SIMULATED_DAYS, page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.queries.simulation import PolicySimulated, SimulatePolicy

ANSWER_SECONDS = 10.0


async def simulate(request: web.Request) -> web.StreamResponse:
    """What the draft would have done beside what holds, on the servers that it names or on all."""
    form = await several_of(request)
    days = "".join(form.get("days", []))
    try:
        policy = policy_of(form)
        question = SimulatePolicy(policy=policy, days=_days(days), servers=policy.servers)
        answer = await site_of(request).staff.questions.ask(
            subjects.QUERY_SIMULATION, question, PolicySimulated, ANSWER_SECONDS
        )
    except (Unfit, Away) as problem:
        return await page(request, problem, form)
    return await page(request, form=form, simulated=answer)


def _days(given: str) -> int:
    if given not in {str(each) for each in SIMULATED_DAYS}:
        raise Unfit({"days": Wrong("choice")})
    return int(given)
