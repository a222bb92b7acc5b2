"""`/console/appeals/statistics`: how appeals ended, by rule, policy and moderator."""

from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong
from banstream_console.staff.appeals.queue_page import PATH as QUEUE
from banstream_console.staff.listing import Filters, filters_of, told
from banstream_console.staff.pages import staff_page
from banstream_console.web.site import site_of
from banstream_contracts import subjects
from banstream_contracts.queries.appeals import AppealStatistics, GetAppealStatistics

PATH = f"{QUEUE}/statistics"


async def show(request: web.Request) -> web.StreamResponse:
    """Of the days that the address names, or of all time."""
    filters, zone = filters_of(request, "since", "until"), site_of(request).zone

    def question() -> GetAppealStatistics:
        since, until = day_in(filters, "since"), day_in(filters, "until")
        begin = datetime.combine(since, time(), zone).astimezone(UTC) if since else None
        end = datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC) if until else None
        return GetAppealStatistics(since=begin, until=end)

    found = await told(request, subjects.QUERY_APPEAL_STATISTICS, question, AppealStatistics)
    content = {**found.content, "filters": filters, "queue": QUEUE, "path": PATH}
    return staff_page(request, "appeals/statistics.html", content, found.status)


def day_in(filters: Filters, name: str) -> date | None:
    """A day such as 2026-01-31. Raises Unfit."""
    given = filters.get(name)
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Unfit({name: Wrong("day")}) from None
    if not 2000 <= day.year <= 9000:  # noqa: PLR2004 - so that no time zone leads out of the calendar
        raise Unfit({name: Wrong("millennium")})
    return day
