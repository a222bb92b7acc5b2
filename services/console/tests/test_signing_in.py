"""Signing in on running consoles: links, passwords, second factors, lockouts, sessions, forms, what who may see."""

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
import pytest_asyncio
from services.console.tests.signing_in import (
    KEY,
    PASSWORD,
    Browser,
    Team,
    command,
    loaded_console,
    person,
    team_on,
)

from banstream_console.access.sessions import key_of
from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.staff.signing_in.second_factor import hashed, new_secret
from banstream_contracts.accounts import Role, account_id
from banstream_contracts.commands.accounts import DisableAccount, RevokeSessions, SetPassword
from banstream_privacy.sharing import share
from banstream_testing.console import Answer
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = "Name, password and code do not go together."
NEW = "another horse entirely"
USED = "The code that you have just typed is used."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(nats: NatsServer, wall_database: Database) -> AsyncIterator[Team]:
    """With one owner, so that others are not the last one."""
    async with bus(nats) as connected, service(nats, wall_database), team_on(nats, connected) as made:
        await made.join("first", Role.OWNER)
        yield made


async def test_an_invited_owner_chooses_a_password_and_signs_in_on_every_console(team: Team) -> None:
    token = await team.invite("olga", Role.OWNER)
    browser = team.browser()
    page = await browser.get(f"/join/{token}")
    assert page.status == 200
    assert "olga" in page.text
    weak = await browser.post(f"/join/{token}", {"password": "passwordpassword", "repeated": "passwordpassword"})
    assert (weak.status, "Too easy to guess" in weak.text, "passwordpassword" in weak.text) == (422, True, False)
    set_ = await browser.post(f"/join/{token}", {"password": NEW, "repeated": NEW})
    assert (set_.status, set_.headers["Location"]) == (303, "/login?said=joined")
    assert "The password is set." in (await browser.get("/login?said=joined")).text
    for again in (await browser.get(f"/join/{token}"), await browser.post(f"/join/{token}", {"password": NEW})):
        assert again.status == 404
        assert "good for nothing any more" in again.text
    assert (await browser.sign_in("olga", PASSWORD)).status == 200
    answer = await browser.sign_in("  OLGA ", NEW)
    assert (answer.status, answer.headers["Location"]) == (302, "/console")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert (await browser.get("/console")).status == 200
    browser.console = team.there

    async def is_known_there() -> bool:
        return (await browser.get("/console")).status == 200

    await eventually(is_known_there)

    async def is_told() -> bool:
        return await team.told("olga", "signed_in") == 1

    await eventually(is_told)
    left = await browser.send("/console", "/logout")
    assert (left.status, left.headers["Location"], browser.cookies) == (302, "/login", {})


async def test_the_session_before_opens_nothing_any_more_after_signing_in_anew_or_out(team: Team) -> None:
    browser, before = await team.signed_in("lena", Role.VIEWER), team.browser()
    for is_out in (False, True):
        before.cookies = dict(browser.cookies)
        assert (await before.get("/console")).status == 200
        left = await (browser.send("/console", "/logout") if is_out else browser.sign_in("lena"))
        assert left.status == 302
        assert (await before.get("/console")).status == 302


async def test_nothing_tells_which_names_there_are(team: Team) -> None:
    await team.join("vera", Role.VIEWER)
    await team.join("dora", Role.VIEWER)
    await team.invite("ines", Role.VIEWER)
    await team.do(command(DisableAccount, "dora", person("first")))
    answers = [
        await team.browser().sign_in(login, password)
        for login, password in (("vera", "wrong"), ("nobody", PASSWORD), ("dora", PASSWORD), ("ines", PASSWORD))
    ]
    assert {answer.status for answer in answers} == {200}
    bodies = {re.sub(r'value="(vera|nobody|dora|ines)"', "", answer.text) for answer in answers}
    assert len(bodies) == 1
    assert WRONG in bodies.pop()
    assert all("Set-Cookie" not in answer.headers for answer in answers)


async def test_a_lockout_is_the_same_for_names_that_nobody_has_and_holds_on_every_console(team: Team) -> None:
    await team.join("lara", Role.VIEWER)
    for login in ("lara", "nobody-has-this"):
        tries = [await team.browser().sign_in(login, "wrong") for _ in range(5)]
        assert [each.status for each in tries] == [200] * 5
        for console in (team.here, team.there):
            locked = await team.browser(console).sign_in(login)
            assert locked.status == 429
            assert 0 < int(locked.headers["Retry-After"]) <= 30
            assert "Wait a minute" in locked.text

    async def is_told() -> bool:
        return await team.told("lara", "locked_out") == 1

    await eventually(is_told)
    assert await team.told("nobody-has-this", "locked_out") == 0


async def test_guesses_at_once_are_no_way_around_the_lockout(team: Team) -> None:
    await team.join("lars", Role.VIEWER)
    answers = await asyncio.gather(*(team.browser().sign_in("lars", f"wrong {number}") for number in range(12)))
    statuses = [answer.status for answer in answers]
    assert {*statuses} == {200, 429}
    assert statuses.count(200) <= 5


async def test_an_address_is_locked_out_whatever_names_it_tries(team: Team) -> None:
    await team.join("adda", Role.VIEWER)
    known, network = team.browser(address="2001:db8:1:2::1"), "2001:db8:1:2"
    for number in range(20):
        await team.browser(address=f"{network}::{number:x}").sign_in(f"name-{number % 2}", "wrong")
    assert (await known.sign_in("adda")).status == 429
    assert (await team.browser().sign_in("adda")).status == 302


async def test_people_who_sign_in_from_one_address_do_not_lock_each_other_out(team: Team) -> None:
    await team.join("shared", Role.VIEWER)
    browser = team.browser(address="198.51.100.7")
    assert {(await browser.sign_in("shared")).status for _ in range(22)} == {302}
    for number in range(20):
        await browser.sign_in(f"name-{number % 5}", "wrong")
    assert (await browser.sign_in("shared")).status == 429


async def test_success_forgets_the_failures_of_a_name(team: Team) -> None:
    await team.join("sara", Role.VIEWER)
    for _ in range(3):
        for _ in range(4):
            assert (await team.browser().sign_in("sara", "wrong")).status == 200
        assert (await team.browser().sign_in("sara")).status == 302


async def test_a_second_factor_is_turned_on_asked_for_and_good_for_once(team: Team) -> None:
    browser = await team.signed_in("tara", Role.ADMIN)
    page = await browser.get("/console/account/totp")
    assert "<svg" in page.text
    secret, draft = _secret(page), _field(page, "draft")
    (address,) = re.findall(r'href="(otpauth:[^"]+)"', page.text)
    assert pyotp.parse_uri(html.unescape(address)).secret == secret
    code = pyotp.TOTP(secret).now()
    wrong = await browser.send(
        "/console/account", "/console/account/totp", draft=draft, code="000000", current=PASSWORD
    )
    assert wrong.status == 422
    assert not team.known("tara").totp
    unproven = await browser.send("/console/account", "/console/account/totp", draft=draft, code=code, current="wrong")
    assert (unproven.status, team.known("tara").totp) == (422, None)
    on = await browser.send("/console/account", "/console/account/totp", draft=draft, code=code, current=PASSWORD)
    assert on.status == 200
    assert USED in on.text
    codes = re.findall(r"<li><code>([0-9a-f-]+)</code>", on.text)
    assert len(codes) == 10
    assert secret not in str(team.known("tara"))
    assert (await team.browser().sign_in("tara")).status == 200
    assert WRONG in (await team.browser().sign_in("tara", PASSWORD, code)).text, "taken when it was turned on"
    assert (await team.browser().sign_in("tara", PASSWORD, codes[0].upper())).status == 302
    assert (await team.browser().sign_in("tara", PASSWORD, codes[0])).status == 200
    off = await browser.send("/console/account", "/console/account/totp/disable", current=PASSWORD)
    assert off.status == 303
    assert (await team.browser().sign_in("tara")).status == 302


async def test_a_code_is_good_for_once_also_on_another_console(team: Team) -> None:
    secret = new_secret()
    await team.join("toni", Role.VIEWER)
    await team.with_totp("toni", secret, (hashed("spare"),))
    code = pyotp.TOTP(secret).now()
    first = await asyncio.gather(
        *(team.browser(console).sign_in("toni", PASSWORD, code) for console in (team.here, team.there))
    )
    assert sorted(answer.status for answer in first) == [200, 302]
    assert (await team.browser().sign_in("toni", "wrong", "spare")).status == 200
    assert team.known("toni").recovery == (hashed("spare"),)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_not_let_in_is_told_that_a_code_is_good_for_once_whoever_it_is(
    team: Team, language: Language
) -> None:
    login, secret = f"once-{language.lower()}", new_secret()
    await team.join(login, Role.VIEWER)
    await team.with_totp(login, secret, (hashed("spare"),))
    code, told = pyotp.TOTP(secret).now(), texts(language).say("sign-in-code-once")
    browser = team.browser()
    browser.headers["Accept-Language"] = language
    assert told not in (await browser.get("/login")).text
    assert (await team.browser().sign_in(login, PASSWORD, code)).status == 302
    assert told in (await browser.sign_in(login, PASSWORD, code)).text
    assert told in (await browser.sign_in("nobody-at-all", "wrong")).text


async def test_a_password_that_is_wrong_is_said_where_it_was_typed(team: Team) -> None:
    browser = await team.signed_in("wren", Role.VIEWER)
    await team.with_totp("wren", new_secret(), (hashed("spare"),))
    for what in ("recovery-codes", "totp/disable"):
        answer = await browser.send("/console/account", f"/console/account/{what}", current="wrong")
        (field,) = re.findall(r'<input [^>]*aria-invalid="true">.*?</p>', answer.text, re.DOTALL)
        assert (answer.status, "This is not your password." in field) == (422, True)
        assert 'id="f-totp" name="current" type="password"' in field
    assert (team.known("wren").recovery, bool(team.known("wren").totp)) == ((hashed("spare"),), True)
    renewed = await browser.send("/console/account", "/console/account/recovery-codes", current=PASSWORD)
    assert (renewed.status, USED in renewed.text) == (200, False)


async def test_own_sessions_are_listed_and_ended_elsewhere_within_a_second(team: Team) -> None:
    browser = await team.signed_in("sven", Role.VIEWER)
    other = team.browser(team.there)
    other.headers["User-Agent"] = "Old <b>Phone</b>"
    await other.sign_in("sven")

    async def is_listed() -> bool:
        return "Old &lt;b&gt;Phone" in (await browser.get("/console/account")).text

    await eventually(is_listed)
    key = key_of(other.cookies["session"])
    assert (await other.get("/console")).status == 200
    ended = await browser.send("/console/account", f"/console/account/sessions/{key}/end")
    assert ended.status == 303
    assert await _seconds_until(other, 302) < 1
    assert (await browser.get("/console")).status == 200
    nobodys = await browser.send("/console/account", f"/console/account/sessions/{'0' * 64}/end")
    assert nobodys.status == 404


async def test_a_session_of_somebody_else_is_not_ended(team: Team) -> None:
    mine, other = await team.signed_in("mine", Role.OWNER), await team.signed_in("other", Role.VIEWER)
    key = key_of(other.cookies["session"])
    assert (await mine.send("/console/account", f"/console/account/sessions/{key}/end")).status == 404
    assert (await other.get("/console")).status == 200


async def test_a_revocation_reaches_other_consoles_within_a_second(team: Team) -> None:
    browser = await team.signed_in("rosa", Role.VIEWER, team.there)
    assert (await browser.get("/console")).status == 200
    await team.bus.send(command(RevokeSessions, "rosa", person("first")))
    assert await _seconds_until(browser, 302) < 1


async def test_another_password_ends_every_session_but_the_own(team: Team) -> None:
    browser, other = await team.signed_in("pia", Role.VIEWER), team.browser(team.there)
    await other.sign_in("pia")
    path = "/console/account/password"
    forms = {"password": NEW, "repeated": NEW}
    wrong = await browser.send("/console/account", path, current="wrong", **forms)
    assert (wrong.status, "This is not your password." in wrong.text) == (422, True)
    assert (await browser.send("/console/account", path, current=PASSWORD, password="x", repeated="x")).status == 422
    before = browser.cookies["session"]
    assert (await browser.send("/console/account", path, current=PASSWORD, **forms)).status == 303
    assert browser.cookies["session"] != before
    assert (await browser.get("/console")).status == 200
    assert await _seconds_until(other, 302) < 1
    assert (await team.browser().sign_in("pia")).status == 200
    assert (await team.browser().sign_in("pia", NEW)).status == 302


async def test_a_session_by_the_password_before_ends_however_late_the_new_one_comes(team: Team) -> None:
    browser = await team.signed_in("nele", Role.VIEWER)
    assert (await browser.get("/console")).status == 200
    asked = command(SetPassword, "nele", person("nele"), password=share(KEY, f"password {account_id('nele')}", "x"))
    await team.do(asked.model_copy(update={"issued_at": asked.issued_at - timedelta(hours=1)}))
    assert await _seconds_until(browser, 302) < 1


async def test_forms_without_their_proof_or_from_elsewhere_do_nothing(team: Team) -> None:
    browser = await team.signed_in("cleo", Role.ADMIN)
    for form in ({}, {"csrf": "0" * 64}):
        assert (await browser.post("/console/account/sessions/others/end", form)).status == 403
        assert (await browser.post("/console/accounts", {"login": "evil", "role": "viewer", **form})).status == 403
        assert (await browser.post("/logout", form)).status == 403
    evil = {"Origin": "https://evil.example"}
    for headers in (evil, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        login = await team.browser().post("/login", {"username": "cleo", "password": PASSWORD}, **headers)
        assert (login.status, "Set-Cookie" in login.headers) == (403, False)
        assert (await browser.post(f"/admin/approve/{'0' * 24}", **headers)).status == 403
    assert (await browser.get("/logout", Sec_Fetch_Site="cross-site")).status == 403
    assert (await browser.get("/console")).status == 200
    assert team.here.site.staff.accounts.by_login("evil") is None


async def test_an_admin_invites_changes_and_ends_those_below(team: Team) -> None:
    browser = await team.signed_in("adam", Role.ADMIN)
    page = await browser.get("/console/accounts")
    assert 'value="owner"' not in page.text
    refused = await browser.send("/console/accounts", "/console/accounts", login="boss", name="Boss", role="owner")
    assert refused.status == 409
    wrong = await browser.send("/console/accounts", "/console/accounts", login="No Name", name="", role="viewer")
    assert wrong.status == 422
    made = await browser.send("/console/accounts", "/console/accounts", login="newbie", name="New Bie", role="viewer")
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+(/join/[\w-]+)", made.text)
    assert (await team.browser().get(link)).status == 200
    one = f"/console/accounts/{account_id('newbie')}"
    renewed = await browser.send(one, f"{one}/invitation")
    (other_link,) = re.findall(r"(/join/[\w-]+)", renewed.text)
    assert (await team.browser().get(link)).status == 404
    joined = await team.browser().post(other_link, {"password": NEW, "repeated": NEW})
    assert joined.status == 303
    assert (await browser.send(one, f"{one}/role", role="moderator")).status == 303
    assert team.known("newbie").role is Role.MODERATOR
    assert (await browser.send(one, f"{one}/role", role="admin")).status == 409
    assert (await browser.send(one, f"{one}/disable", reason="left")).status == 303
    assert team.known("newbie").disabled
    assert (await browser.send(one, f"{one}/enable")).status == 303
    for what in ("revoke-sessions", "disable-totp"):
        assert (await browser.send(one, f"{one}/{what}")).status == 303
    owner = f"/console/accounts/{account_id('first')}"
    for what in ("disable", "invitation", "revoke-sessions"):
        assert (await browser.send(owner, f"{owner}/{what}")).status == 409
    assert (await browser.get(f"/console/accounts/{'0' * 24}")).status == 404


async def test_an_invitation_sent_twice_shows_the_link_that_holds(team: Team) -> None:
    browser = await team.signed_in("twix", Role.OWNER)
    form = {"csrf": _proof(await browser.get("/console/accounts")), "once": "f" * 32}
    form |= {"login": "double", "name": "Double", "role": "viewer"}
    links = [re.findall(r"/join/[\w-]+", (await browser.post("/console/accounts", form)).text) for _ in range(2)]
    assert links[0] == links[1]
    assert (await team.browser().get(links[1][0])).status == 200


async def test_behind_tls_the_cookie_is_for_tls_only(team: Team, nats: NatsServer) -> None:
    await team.join("tess", Role.VIEWER)
    async with loaded_console(nats, console_url="https://bans.example.org") as behind:
        browser = team.browser(behind)
        answer = await browser.post(
            "/login", {"username": "tess", "password": PASSWORD}, Origin="https://bans.example.org"
        )
        assert (answer.status, answer.headers["Location"]) == (302, "/review")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        assert "Secure" in cookie


async def test_without_its_key_a_console_lets_nobody_in_and_says_so(nats: NatsServer, team: Team) -> None:
    async with loaded_console(nats, accounts_key=None) as keyless:
        answer = await team.browser(keyless).sign_in("first")
        assert (answer.status, "BANSTREAM_ACCOUNTS_KEY" in answer.text) == (503, True)


async def _seconds_until(browser: Browser, status: int) -> float:
    """Of this process, in which the consoles are: what a busy machine gives to others does not count."""
    began = time.process_time()

    async def has_it() -> bool:
        return (await browser.get("/console")).status == status

    await eventually(has_it)
    return time.process_time() - began


def _proof(page: Answer) -> str:
    return _field(page, "csrf")


def _field(page: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found
    return found[1]


def _secret(page: Answer) -> str:
    found = re.search(r'<code class="breakable">([A-Z2-7 ]+)</code>', page.text)
    assert found
    return found[1].replace(" ", "")
