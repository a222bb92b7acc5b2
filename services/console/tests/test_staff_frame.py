"""The frame around pages of staff: who is let in, what a form needs, how long a session lasts."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from nats import connect
from yarl import URL

from banstream_console.access.sessions import Limits, key_of
from banstream_console.app import create_app
from banstream_console.middleware import SECURITY_HEADERS, answering
from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.settings import Settings
from banstream_console.staff.guard import COOKIE
from banstream_console.staff.listing import filters_of
from banstream_console.staff.routes import PAGES
from banstream_console.web.site import language_for
from banstream_contracts.accounts import Role, SessionEntry
from banstream_testing.console import Console
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Visitor, account, seen_at, seen_last, staff_console
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(nats: NatsServer) -> NatsServer:
    """With its streams and buckets, and nobody who answers."""
    client = await connect(nats.url)
    await fresh_streams(client)
    await client.close()
    return nats


NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
LIMITS = Limits(absolute=timedelta(hours=12), idle=timedelta(hours=1))


def _session(created: float, seen: float) -> SessionEntry:
    """Hours ago."""
    return SessionEntry(
        account_id="a" * 24, created_at=NOW - timedelta(hours=created), seen_at=NOW - timedelta(hours=seen)
    )


@pytest.mark.parametrize(
    ("created", "seen", "is_over"),
    [(0, 0, False), (11.9, 0.9, False), (12.1, 0.1, True), (2, 1.1, True)],
    ids=["new", "at both limits", "too old", "not used"],
)
def test_a_session_ends_by_age_and_by_not_being_used(created: float, seen: float, is_over: bool) -> None:
    assert LIMITS.is_over(_session(created, seen), account(Role.VIEWER, since=NOW - timedelta(days=1)), NOW) is is_over


def test_a_session_ends_with_its_account() -> None:
    session = _session(1, 0)
    since = NOW - timedelta(days=1)
    assert LIMITS.is_over(session, None, NOW)
    assert LIMITS.is_over(session, account(Role.VIEWER, since=since, disabled=True), NOW)
    assert LIMITS.is_over(session, account(Role.VIEWER, since=NOW), NOW)


@pytest.mark.parametrize("player_id", ["a%2Fb", "50%25%3F", "%23x"])
def test_the_next_page_of_a_list_is_at_the_address_that_was_asked_for(player_id: str) -> None:
    request = make_mocked_request("GET", f"/console/players/other/{player_id}?cursor=7")
    assert filters_of(request).address(cursor="8") == f"/console/players/other/{player_id}?cursor=8"


def test_every_page_is_there_once() -> None:
    routes = [(page.method, page.path) for page in PAGES]
    assert len(routes) == len(set(routes))


@pytest.mark.asyncio(loop_scope="module")
async def test_pages_of_staff_lead_to_signing_in(server: NatsServer) -> None:
    async with staff_console(server) as (made, _):
        answer = await made.get("/console?x=1")
        assert (answer.status, answer.headers["Location"]) == (302, "/login?next=/console?x%3D1")
        assert (await made.get("/console", Accept="application/json")).status == 401


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "path", ["//example.org/x", "////example.org", "/\\example.org/x"], ids=["two", "four", "back"]
)
async def test_another_language_of_an_address_that_names_a_site_leads_to_none(server: NatsServer, path: str) -> None:
    async with staff_console(server) as (made, _), made.http.get(URL(f"{made.url}{path}", encoded=True)) as answer:
        links = re.findall(r'href="([^"]+)" hreflang', await answer.text())
    assert (answer.status, len(links)) == (404, len(LANGUAGES))
    assert all(re.match(r"/[^/\\]", link) for link in links), links


@pytest.mark.asyncio(loop_scope="module")
async def test_who_signed_in_sees_the_page_in_every_console_and_once_signed_out_in_none(server: NatsServer) -> None:
    async with staff_console(server) as (made, signer), staff_console(server) as (other, _):
        person = await signer.sign_in(Role.VIEWER)
        answer = await person.get("/console")
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Some Viewer" in answer.text
        there = Visitor(other, person.account, person.token)
        await eventually(lambda: _is(there, 200))
        await made.site.staff.sessions.end([key_of(person.token)])
        await eventually(lambda: _is(there, 302))
        assert (await person.get("/console")).status == 302


@pytest.mark.asyncio(loop_scope="module")
async def test_a_session_that_was_ended_elsewhere_is_not_brought_back_by_using_it(server: NatsServer) -> None:
    async with staff_console(server) as (made, signer):
        person = await signer.sign_in(Role.VIEWER)
        key, sessions = key_of(person.token), made.site.staff.sessions
        held = sessions.get(key)
        assert held
        await sessions.end([key])
        sessions.apply(key, held.model_copy(update={"seen_at": NOW}).model_dump_json().encode())
        await sessions.touch(key, datetime.now(UTC))
        assert sessions.get(key) is None


@pytest.mark.asyncio(loop_scope="module")
async def test_what_an_open_page_asks_for_by_itself_is_no_use_of_the_session(server: NatsServer) -> None:
    async with staff_console(server) as (_, signer):
        person = await signer.sign_in(Role.VIEWER)
        seen = datetime.now(UTC) - timedelta(minutes=50)
        seen_last(person, seen)
        asked = (("/console", {"X_By_Itself": "yes"}), ("/console/live", {"Accept": "text/event-stream"}))
        for path, headers in asked:
            assert (await person.get(path, **headers)).status == 200
            assert seen_at(person) == seen
        await person.get("/console")
        assert seen_at(person) > seen


@pytest.mark.asyncio(loop_scope="module")
async def test_a_cookie_or_a_proof_of_bytes_that_are_no_text_is_a_wrong_one(server: NatsServer) -> None:
    async with staff_console(server) as (made, signer):
        person = await signer.sign_in(Role.OWNER)
        own = f"Cookie: {COOKIE}={person.token}".encode()
        assert await _status(made, b"GET /console", b"Cookie: session=\xff\xfe") == 302
        assert await _status(made, b"POST /console/account/totp/disable", own, b"X-CSRF-Token: \xff\xfe") == 403


@pytest.mark.asyncio(loop_scope="module")
async def test_pages_of_staff_have_the_security_headers_too(server: NatsServer) -> None:
    async with staff_console(server) as (_, signer):
        answer = await (await signer.sign_in(Role.OWNER)).get("/console")
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ["/login", "/console/bans/new"], ids=["login", "a form"])
async def test_a_form_that_is_far_too_large_is_refused_in_words(server: NatsServer, path: str) -> None:
    async with staff_console(server) as (_, signer):
        visitor = await signer.sign_in(Role.OWNER)
        answer = await visitor.post(path, reason="a" * 900_000)
        assert (answer.status, "Too much at once" in answer.text) == (413, True)
        assert (await visitor.get("/console")).status == 200


@pytest.mark.parametrize(
    ("path", "cookie", "language"),
    [("/?lang=pt-BR", "lang=es", "pt-BR"), ("/", "lang=es", "es"), ("/?lang=xx", "lang=xx", "zh-CN")],
    ids=["address", "cookie", "browser"],
)
def test_what_somebody_chose_last_goes_before_what_their_browser_likes(path: str, cookie: str, language: str) -> None:
    headers = {"Cookie": cookie, "Accept-Language": "zh-CN"}
    assert language_for(make_mocked_request("GET", path, headers, app=create_app(Settings()))) == language


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "back"), [("/console/x", "/console"), ("/x", "/hall-of-shame")], ids=["staff", "wall"]
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_breaks_has_a_page_that_leads_back_and_tells_nothing(
    path: str, back: str, language: Language
) -> None:
    app = create_app(Settings())

    async def broken(_: web.Request) -> web.StreamResponse:
        raise RuntimeError("a secret")

    async def missing(_: web.Request) -> web.StreamResponse:
        raise web.HTTPNotFound

    for handler, status, text_id in ((broken, 500, "error-broken-title"), (missing, 404, "error-missing-title")):
        request = make_mocked_request("GET", path, {"Accept-Language": language}, app=app)
        answer = await answering(request, handler)
        assert isinstance(answer, web.Response)
        assert answer.text
        assert (answer.status, texts(language).say(text_id) in answer.text) == (status, True)
        assert (f'href="{back}"' in answer.text, "secret" in answer.text) == (True, False)


async def _status(made: Console, asked: bytes, *headers: bytes) -> int:
    """Of an answer to headers that a client of ours would not send."""
    url = URL(made.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"\r\n".join([asked + b" HTTP/1.1", b"Host: x", b"Content-Length: 0", *headers, b"", b""]))
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


async def _is(visitor: Visitor, status: int) -> bool:
    return (await visitor.get("/console")).status == status
