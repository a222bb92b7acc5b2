"""Every page of staff by every kind of credential, from the table of pages itself."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from nats import connect

from banstream_console.access.people import Person
from banstream_console.access.routing import Page
from banstream_console.access.sessions import key_of
from banstream_console.presentation.texts import texts
from banstream_console.staff.pages import saying_so
from banstream_console.staff.routes import PAGES
from banstream_console.staff.typed import page_above
from banstream_contracts.accounts import Role
from banstream_contracts.admins import Right
from banstream_testing.console import Answer, Console
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.streams import fresh_streams

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PLACE = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}")

CLOSED = [page for page in PAGES if page.who == "people"]
OF_BOTH: dict[Right | None, str] = {
    Right.REVIEW: "appeals requests",
    Right.MANAGE_POLICIES: "policies protected tiers",
    Right.MANAGE_SERVERS: "ban-files log-sources servers targets",
    Right.MANAGE_TOKENS: "tokens",
    Right.MANAGE_ADMINS: "accounts undo",
    Right.ISSUE: "bans",
}
"""What follows `/console/`, by the right that opens it."""
READ = OF_BOTH | {
    Right.MANAGE_ADMINS: "accounts imports undo",
    None: " account bans evidence live players styleguide",
    Right.AUDIT: "audit audit.csv",
    Right.SEE_ADDRESSES: "bans",
}
DONE = OF_BOTH | {None: "account", Right.ATTACH: "bans", Right.SEE_ADDRESSES: "bans"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(nats: NatsServer) -> AsyncIterator[tuple[Console, Signer]]:
    """A console with nobody behind it: who may not see a page is told before anybody is asked."""
    client = await connect(nats.url)
    await fresh_streams(client)
    await client.close()
    async with staff_console(
        nats, query_timeout_seconds=0.05, publish_timeout_seconds=0.05, command_timeout_seconds=0.05
    ) as made:
        yield made


def _path(page: Page) -> str:
    """The path with something that fits in every place."""
    return _PLACE.sub(lambda found: _example(found[1], found[2] or ""), page.path)


def _example(name: str, pattern: str) -> str:
    if "|" in pattern:
        return pattern.strip("()").split("|")[0]
    length = re.search(r"\{(\d+)\}", pattern)
    return {"service": "roblox", "login": "somebody"}.get(name, "1" * (int(length[1]) if length else 24))


async def _answer(visitor: Visitor, page: Page, csrf: str | None = None) -> Answer:
    if page.method == "POST":
        return await visitor.post(_path(page), csrf=csrf)
    return await visitor.get(_path(page))


def _is_turned_away(answer: Answer) -> bool:
    return answer.status == 401 or (answer.status == 302 and answer.headers["Location"].startswith("/login"))


@pytest.mark.parametrize("cookie", ["none", "wrong", "ended"])
async def test_without_a_session_every_page_leads_to_signing_in(running: tuple[Console, Signer], cookie: str) -> None:
    made, signer = running
    visitor = await signer.sign_in(Role.OWNER)
    if cookie == "ended":
        await made.site.staff.sessions.end([key_of(visitor.token)])
    else:
        visitor = Visitor(made, visitor.account, "" if cookie == "none" else "x" * 43)
    wrong = {page.path for page in CLOSED if not _is_turned_away(await _answer(visitor, page))}
    assert len(CLOSED) > 1
    assert not wrong


@pytest.mark.parametrize("role", Role)
async def test_a_role_opens_the_pages_of_its_rights_and_no_other(running: tuple[Console, Signer], role: Role) -> None:
    visitor = await running[1].sign_in(role)
    wrong = {}
    for page in CLOSED:
        if page.path == "/logout":
            continue
        answer = await _answer(visitor, page)
        should_be_refused = page.right is not None and page.right not in role.rights
        if (answer.status == 403) != should_be_refused or answer.status == 500 or _is_turned_away(answer):
            wrong[page.method, page.path] = answer.status
    assert not wrong


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_areas_are_opened_by_the_rights_that_are_written_here_and_no_other(method: str) -> None:
    found: dict[Right | None, set[str]] = {}
    for page in CLOSED:
        if page.method == method:
            found.setdefault(page.right, set()).add("/".join(page.path.split("/")[2:3]))
    assert found == {right: set(areas.split(" ")) for right, areas in (READ if method == "GET" else DONE).items()}


async def test_no_form_is_taken_without_its_proof(running: tuple[Console, Signer]) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    forms = [page for page in CLOSED if page.method == "POST" and page.has_csrf]
    assert forms
    for page in forms:
        answer = await _answer(visitor, page, csrf="0" * 64)
        assert (answer.status, answer.headers["Cache-Control"]) == (403, "no-store"), page.path


async def test_what_proves_and_marks_in_one_session_does_nothing_in_another_of_the_same_person(
    running: tuple[Console, Signer],
) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    other, path = await running[1].sign_in_again(visitor.account), "/console/account"
    assert (await visitor.post(f"{path}/sessions/others/end", csrf=other.csrf)).status == 403
    said = saying_so(Person(other.account, key_of(other.token), other.token), path, "done")
    told = [texts("en").say("said-done") in (await each.get(said)).text for each in (other, visitor)]
    assert told == [True, False]


async def test_no_form_is_taken_from_another_site(running: tuple[Console, Signer]) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    for page in (page for page in PAGES if page.method == "POST"):
        for headers in (
            {"Origin": "https://elsewhere.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            assert (await visitor.post_with(_path(page), headers)).status == 403, page.path


async def test_another_language_of_what_a_form_is_answered_with_leads_to_a_page_that_is_read(
    running: tuple[Console, Signer],
) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    read = {_path(page) for page in CLOSED if page.method == "GET"}
    led = {}
    for path in {_path(page) for page in CLOSED if page.method == "POST"} - read:
        answer = await visitor.get(f"{path}?lang=es")
        led[path] = (answer.status, answer.headers.get("Location", ""))
    assert led
    assert [
        path for path, (status, to) in led.items() if (status, to.removesuffix("?lang=es") in read) != (303, True)
    ] == []


@pytest.mark.timeout(30)
async def test_the_way_up_from_a_form_ends_also_where_no_page_is_above_it() -> None:
    app = web.Application()
    for page in PAGES:
        app.router.add_route(page.method, page.path, page.handler)
    paths = {_path(page) for page in PAGES if page.method == "POST"} | {"/admin/approve/x", "//admin/reject/x"}
    above = {path: await page_above(make_mocked_request("GET", path, app=app)) for path in paths}
    assert {path for path, page in above.items() if page is None} >= {"/admin/approve/x", "//admin/reject/x"}
    assert {str(page) for page in above.values() if page} <= {_path(page) for page in PAGES if page.method == "GET"}
