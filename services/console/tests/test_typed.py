"""What people typed where a form is not taken, and addresses of forms that somebody reads."""

import secrets
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from nats import connect

from banstream_console.access.people import Person
from banstream_console.access.sessions import key_of
from banstream_console.staff.pages import saying_so
from banstream_contracts.accounts import Role
from banstream_testing.console import Answer, Console
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.streams import fresh_streams

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
SLOW_PART = (
    b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Type: text/plain; charset=punycode\r\n\r\n'
    b"x-\r\n--x--\r\n"
)
LONG = 'typed for an "hour"\nand longer'
ONE = "0" * 24


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(nats: NatsServer) -> AsyncIterator[tuple[Console, Signer]]:
    """A console with nobody behind it."""
    client = await connect(nats.url)
    await fresh_streams(client)
    await client.close()
    async with staff_console(nats, query_timeout_seconds=0.2, sealing_public_key="1" * 64) as made:
        yield made


async def sent_raw(made: Console, path: str, body: bytes, kind: str, **headers: str) -> Answer:
    named = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with made.http.post(f"{made.url}{path}", data=body, headers=named) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


@pytest.mark.parametrize("path", ["/login", "/appeal", "/console/protected"])
@pytest.mark.parametrize(
    ("body", "kind", "headers"),
    [
        (b"text=\xff", FORM, {}),
        (b"text=x", f"{FORM}; charset=nonsense", {}),
        (b"text=x", f"{FORM}; charset=rot13", {}),
        (b"text=x-", f"{FORM}; charset=punycode", {}),
        (b"text=x", FORM, {"Content_Encoding": "gzip"}),
        (b"nonsense", PARTS, {}),
        (b"nonsense", "multipart/form-data", {}),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ncut', PARTS, {}),
        (
            b'--x\r\nContent-Disposition: form-data; name="text"\r\nContent-Transfer-Encoding: y\r\n\r\nz\r\n--x--\r\n',
            PARTS,
            {},
        ),
        (SLOW_PART, PARTS, {}),
    ],
    ids=["bytes", "charset", "no text", "slow", "packed", "no parts", "no boundary", "cut", "transfer", "slow part"],
)
async def test_a_form_that_cannot_be_read_is_refused_and_is_no_fault_of_ours(
    running: tuple[Console, Signer], path: str, body: bytes, kind: str, headers: dict[str, str]
) -> None:
    answer = await sent_raw(running[0], path, body, kind, **headers)
    assert (answer.status, "This form cannot be read" in answer.text) == (400, True)


async def test_a_form_that_comes_where_a_file_should_is_read_no_slower(running: tuple[Console, Signer]) -> None:
    path = f"/console/bans/{ONE}/evidence"
    assert (await sent_raw(running[0], path, b"csrf=x-", f"{FORM}; charset=punycode")).status == 400


@pytest.mark.parametrize("path", [f"requests/{ONE}/comment", f"appeals/{ONE}/answer", f"bans/{ONE}/lift"])
async def test_who_was_signed_out_while_writing_gets_the_text_back_and_goes_on_where_they_were(
    running: tuple[Console, Signer], path: str
) -> None:
    made, signer = running
    visitor = await signer.sign_in(Role.OWNER)
    await made.site.staff.sessions.end([key_of(visitor.token)])
    page = f"/console/{path.rpartition('/')[0]}"
    typed = {"note": LONG, "text": LONG, "reason": LONG, "password": "a secret"}
    answer = await visitor.post_with(f"/console/{path}", {"Referer": f"{made.url}{page}?x=1"}, **typed)
    assert (answer.status, "typed for an &#34;hour&#34;\nand longer</textarea>" in answer.text) == (401, True)
    assert f'href="/login?next={quote(page, safe="/")}?x%3D1"' in answer.text
    assert "a secret" not in answer.text
    assert visitor.csrf not in answer.text


@pytest.mark.parametrize(
    ("path", "fields", "kept"),
    [
        ("/console/targets", {"name": "alerts", "url": "https://hook.example/secret"}, True),
        ("/console/account/password", {"current": "a secret", "password": "a secret", "repeated": "a secret"}, False),
        ("/console/account/totp", {"current": "a secret", "code": "123456", "draft": "a secret"}, False),
        (f"/console/targets/{ONE}/pause", {}, False),
    ],
    ids=["target", "password", "second factor", "button"],
)
async def test_a_form_of_who_was_signed_out_is_kept_without_its_secrets(
    running: tuple[Console, Signer], path: str, fields: dict[str, str], *, kept: bool
) -> None:
    made, signer = running
    visitor = await signer.sign_in(Role.OWNER)
    await made.site.staff.sessions.end([key_of(visitor.token)])
    answer = await visitor.post(path, **fields)
    assert (answer.status, f'action="{path}"' in answer.text) == (401, kept)
    assert ("alerts" in answer.text) is kept
    assert "secret" not in answer.text.replace("but for secrets", "")
    assert visitor.csrf not in answer.text


async def test_a_form_of_an_older_session_leads_back_to_its_page(running: tuple[Console, Signer]) -> None:
    made, signer = running
    visitor = await signer.sign_in(Role.OWNER)
    page, stale = {"Referer": f"{made.url}/console/protected?lang=en"}, {"csrf": "0" * 64, "player": "roblox:77"}
    answer = await visitor.post_with("/console/protected", page, **stale)
    assert (answer.status, 'href="/console/protected?lang=en"' in answer.text) == (403, True)
    assert 'value="roblox:77"' in answer.text
    foreign = await visitor.post_with("/console/protected", {**page, "Origin": "https://evil.example"}, **stale)
    assert (foreign.status, "roblox:77" in foreign.text) == (403, False)


async def test_a_text_is_given_back_where_nobody_answers(running: tuple[Console, Signer]) -> None:
    made, signer = running
    visitor = await signer.sign_in(Role.OWNER)
    answer = await visitor.post(f"/console/bans/{ONE}/lift", reason=LONG)
    assert (answer.status, "and longer</textarea>" in answer.text) == (503, True)
    player = await sent_raw(
        made, "/appeal", f"infraction={ONE}&code=x&do=open&reason=not_me&text=as+I+said".encode(), FORM
    )
    assert (player.status, "as I said</textarea>" in player.text) == (503, True)
    assert "not_me" not in player.text


async def test_an_address_that_is_secret_stands_on_no_page_not_even_to_be_sent_again(
    running: tuple[Console, Signer],
) -> None:
    visitor, path = await running[1].sign_in(Role.OWNER), f"/console/targets/{ONE}"
    fields = {"name": "alerts", "language": "none of ours", "events": "infraction.issued"}
    answer = await visitor.post(path, **fields, url="https://hook.example/secret")
    assert (answer.status, "hook.example" in answer.text, "Send it again" in answer.text) == (503, False, False)
    answer = await visitor.post(path, **fields, url="")
    assert (answer.status, f'action="{path}"' in answer.text, "Send it again" in answer.text) == (503, True, True)


async def test_no_other_site_puts_its_text_into_a_page_of_ours(running: tuple[Console, Signer]) -> None:
    body = b"text=call+this+number&player=roblox%3A77"
    answer = await sent_raw(running[0], f"/console/appeals/{ONE}/answer", body, FORM, Origin="https://evil.example")
    assert (answer.status, "call this number" in answer.text, "roblox:77" in answer.text) == (401, False, False)


async def test_what_is_stored_is_said_to_be_where_its_page_cannot_be_read(running: tuple[Console, Signer]) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    path, person = f"/console/requests/{ONE}", Person(visitor.account, key_of(visitor.token), visitor.token)
    assert "it is stored" in (await visitor.get(saying_so(person, path, "stored"))).text
    for address in (path, f"{path}?said=stored", saying_so(person, "/console", "stored").replace("/console", path)):
        assert "it is stored" not in (await visitor.get(address)).text


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/console/requests/decide", "/console/requests"),
        (f"/console/requests/{ONE}/approve", f"/console/requests/{ONE}"),
        (f"/console/appeals/{ONE}/decide", f"/console/appeals/{ONE}"),
        ("/console/bans/address", "/console/bans"),
        ("/console/account/password", "/console/account"),
        ("/console/account/sessions/others/end", "/console/account"),
    ],
)
async def test_the_address_of_a_form_leads_to_its_page_in_the_chosen_language(
    running: tuple[Console, Signer], form: str, page: str
) -> None:
    visitor = await running[1].sign_in(Role.OWNER)
    answer = await visitor.get(f"{form}?lang=es")
    assert (answer.status, answer.headers["Location"]) == (303, f"{page}?lang=es")


async def test_the_proof_in_the_address_of_a_form_does_not_come_along(running: tuple[Console, Signer]) -> None:
    visitor, page = await running[1].sign_in(Role.OWNER), f"/console/bans/{ONE}"
    answer = await visitor.get(f"{page}/evidence?csrf={visitor.csrf}&once=1&lang=es")
    assert (answer.status, answer.headers["Location"]) == (303, f"{page}?lang=es")


async def test_a_folder_is_no_page_and_nothing_has_broken(running: tuple[Console, Signer]) -> None:
    answer = await running[0].get("/static/")
    assert (answer.status, "Something broke" in answer.text) == (404, False)


async def test_who_asks_only_for_the_head_of_a_stream_is_answered_at_once(running: tuple[Console, Signer]) -> None:
    visitor: Visitor = await running[1].sign_in(Role.OWNER)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with running[0].http.head(f"{running[0].url}/console/live", headers={"Cookie": cookie}) as answer:
        assert (answer.status, await answer.read()) == (200, b"")


async def test_who_mistypes_their_password_still_goes_on_to_where_they_wanted_to(
    running: tuple[Console, Signer],
) -> None:
    name = f"nobody-{secrets.token_hex(4)}"
    body = f"username={name}&password=x&next=%2Fconsole%2Fbans%3Fstate%3Dlifted".encode()
    answer = await sent_raw(running[0], "/login", body, FORM)
    assert (answer.status, 'name="next" value="/console/bans?state=lifted"' in answer.text) == (200, True)
