"""The pages of the original server: they are the console's, and scripts are sent there with what they sent."""

import pytest
from aiohttp import web
from services.gateway.tests.conftest import Running, Start, until

from banstream_testing.loopback import on_loopback

CONSOLE = "https://bans.example.org"


pytestmark = pytest.mark.usefixtures("client")

PAGES = (
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("GET", "/review?x=%0D%0AX-Evil:%201"),
    ("GET", "/admin/pending"),
    ("POST", "/admin/approve/3e1c8d1e-0000-4000-8000-000000000000"),
    ("POST", f"/admin/reject/{'0' * 24}"),
    ("GET", "/t/some-token/review"),
)
NO_PAGES = ("/admin/approve/a%0d%0ab", "/admin/approve/..", "/admin", "/admin/approve/")


async def test_pages_of_review_lead_to_the_console(start: Start) -> None:
    gateway = await start(console_url=f"{CONSOLE}/")
    await until(gateway.is_ready)
    for method, path in PAGES:
        answer = await gateway.call(method, path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (307, CONSOLE + path.removeprefix("/t/some-token"))
    for path in NO_PAGES:
        assert (await gateway.call("POST", path, allow_redirects=False)).status == 404, path


async def test_without_a_console_there_are_no_such_pages(start: Start) -> None:
    gateway = await start()
    await until(gateway.is_ready)
    assert (await gateway.call("GET", "/review", allow_redirects=False)).status == 404


async def test_a_script_that_follows_posts_its_form_again(start: Start) -> None:
    got = []

    async def login(request: web.Request) -> web.Response:
        got.append((request.method, dict(await request.post())))
        return web.Response()

    console = web.Application()
    console.router.add_post("/login", login)
    async with on_loopback(console) as url:
        gateway: Running = await start(console_url=url)
        await until(gateway.is_ready)
        answer = await gateway.call("POST", "/login", data={"username": "olga", "password": "secret"})
    assert (answer.status, got) == (200, [("POST", {"username": "olga", "password": "secret"})])
