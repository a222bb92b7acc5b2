"""Rules of signing in: back-off, codes by time, passwords, where requests come from, where people go on to."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.test_utils import make_mocked_request
from argon2 import PasswordHasher, extract_parameters
from multidict import CIMultiDict

from banstream_console.problems.exceptions import TooMany
from banstream_console.staff.signing_in import second_factor
from banstream_console.staff.signing_in.lockout import OF_ADDRESS, OF_NAME, BackOff, tried, wait_seconds
from banstream_console.staff.signing_in.login_page import HOME, next_page
from banstream_console.staff.signing_in.password_rules import wrong_with
from banstream_console.staff.signing_in.passwords import NOBODYS, Passwords
from banstream_console.staff.signing_in.second_factor import Secrets, hashed, new_recovery_codes, step_of
from banstream_console.web.origins import client_address
from banstream_contracts.accounts import Role, SignInAttempts
from banstream_testing.staff import account

NOW = datetime(2026, 2, 7, 12, tzinfo=UTC)
KEY = bytes(range(32))
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (11, 900), (100_000, 900)],
)
def test_each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(failures: int, seconds: float) -> None:
    assert OF_NAME.seconds_after(failures) == seconds
    assert OF_ADDRESS.seconds_after(failures) <= seconds


def test_attempts_are_counted_before_they_are_looked_at_and_wait_out_their_time() -> None:
    attempts, back_off = SignInAttempts(), BackOff(free=2, first_seconds=10, longest_seconds=60)
    attempts = tried(attempts, back_off, NOW)
    assert (attempts.failures, wait_seconds(attempts, NOW)) == (1, 0)
    attempts = tried(attempts, back_off, NOW)
    assert wait_seconds(attempts, NOW) == 10
    assert wait_seconds(attempts, NOW + timedelta(seconds=9.5)) == 1
    assert wait_seconds(attempts, NOW + timedelta(seconds=10)) == 0
    again = tried(attempts, back_off, NOW + timedelta(seconds=10))
    assert wait_seconds(again, NOW + timedelta(seconds=10)) == 20


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_SECRET, code, at) == seconds // 30
    assert step_of(RFC_SECRET, f" {code[:3]} {code[3:]} ", at) == seconds // 30


@pytest.mark.parametrize(
    ("offset", "is_taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)], ids=str
)
def test_a_clock_may_be_half_a_minute_off(offset: int, is_taken: bool) -> None:
    at = datetime.fromtimestamp(1111111095 + offset, UTC)
    assert (step_of(RFC_SECRET, "081804", at) is not None) is is_taken


@pytest.mark.parametrize("code", ["", "28708", "2870822", "abcdef", "٢٨٧٠٨٢", "-87082", "287083"], ids=ascii)
def test_what_is_no_code_is_none(code: str) -> None:
    assert step_of(RFC_SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_an_app_reads_the_secret_from_its_picture() -> None:
    secret = second_factor.new_secret()
    address = second_factor.address_of(secret, "olga", "Our server & co")
    assert address.startswith("otpauth://totp/Our%20server%20%26%20co:olga?")
    assert f"secret={secret}" in address
    picture = str(second_factor.picture_of(address))
    assert picture.startswith("<svg")
    assert "style=" not in picture
    assert "script" not in picture


def test_secrets_open_for_their_account_and_drafts_for_their_session_only() -> None:
    secrets, mine, other = Secrets(KEY), account(Role.OWNER), account(Role.OWNER)
    sealed = secrets.sealed(mine.id, RFC_SECRET)
    assert secrets.of(mine.model_copy(update={"totp": sealed})) == RFC_SECRET
    assert secrets.of(other.model_copy(update={"totp": sealed})) is None
    assert Secrets(bytes(32)).of(mine.model_copy(update={"totp": sealed})) is None
    assert secrets.drafted("a", secrets.draft("a", RFC_SECRET)) == RFC_SECRET
    assert secrets.drafted("b", secrets.draft("a", RFC_SECRET)) is None
    assert secrets.drafted("a", "junk é") is None


def test_recovery_codes_are_all_different_and_read_however_they_were_written() -> None:
    codes, kept = new_recovery_codes()
    assert len({*codes}) == len({*kept}) == 10
    assert all(len(code.replace("-", "")) == 20 for code in codes)
    assert hashed(f" {codes[0].upper().replace('-', ' ')} ") == kept[0]


async def test_a_password_matches_its_account_only() -> None:
    passwords, mine = Passwords(KEY), account(Role.VIEWER)
    joined = mine.model_copy(update={"password": await passwords.sealed(mine.id, "correct horse A\u0301")})
    assert "correct" not in str(joined.password)
    assert await passwords.match(joined, "correct horse Á")
    assert not await passwords.match(joined, "correct horse")
    assert not await passwords.match(joined.model_copy(update={"disabled": True}), "correct horse Á")
    assert not await passwords.match(joined.model_copy(update={"id": "0" * 24}), "correct horse Á")
    assert not await passwords.match(mine, "of nobody")
    assert not await passwords.match(None, "of nobody")
    passwords.close()


def test_of_nobody_it_takes_as_long() -> None:
    hasher = PasswordHasher()
    assert hasher.verify(NOBODYS, "of nobody")
    assert extract_parameters(NOBODYS) == extract_parameters(hasher.hash("x"))


async def test_only_so_many_wait_for_their_password_to_be_compared() -> None:
    passwords = Passwords(KEY)
    waiting = [asyncio.create_task(passwords.match(None, str(number))) for number in range(32)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany) as refused:
        await passwords.match(None, "one more")
    assert refused.value.retry_after_seconds
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    passwords.close()


@pytest.mark.parametrize(
    ("password", "repeated", "wrong"),
    [
        ("correct horse battery", None, None),
        ("ein-Kaffee-am-Morgen", None, None),
        ("密码是很长的一句话而且很难猜", None, None),
        ("short", None, "password-short"),
        ("x" * 257, None, "password-long"),
        ("correct horse\tbattery", None, "password-characters"),
        ("correct horse battery", "correct horse batterz", "password-differs"),
        ("passwordpassword", None, "password-weak"),
        ("123456789012", None, "password-weak"),
        ("qwertyuiop123", None, "password-weak"),
        ("aaaaaaaaaaaaaaaa", None, "password-weak"),
        ("iloveyou2024!", None, "password-weak"),
        ("olgaolgaolga", None, "password-weak"),
        ("Olga Kowalska1", None, "password-weak"),
    ],
    ids=ascii,
)
def test_which_passwords_may_be_chosen(password: str, repeated: str | None, wrong: str | None) -> None:
    assert wrong_with(password, password if repeated is None else repeated, ["olga", "Olga Kowalska"]) == wrong


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, ["203.0.113.9"], "127.0.0.1"),
        (1, [], "127.0.0.1"),
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["8.8.8.8, 203.0.113.9"], "203.0.113.9"),
        (1, ["8.8.8.8", "203.0.113.9"], "203.0.113.9"),
        (2, ["8.8.8.8, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
        (2, ["203.0.113.9"], "127.0.0.1"),
        (1, ["::ffff:203.0.113.9"], "203.0.113.9"),
        (1, ["2001:DB8::9"], "2001:db8::9"),
        (1, ["203.0.113.9:4711"], "203.0.113.9"),
        (1, ["[2001:db8::9]:443"], "2001:db8::9"),
        (1, ["[2001:db8::9]"], "2001:db8::9"),
        (1, ["[::ffff:203.0.113.9]:1"], "203.0.113.9"),
        (2, ["203.0.113.9:4711, 10.0.0.1:80"], "203.0.113.9"),
        (1, ["no address"], "no address"),
        (1, ["no address:80"], "no address"),
        (1, [":80"], ""),
        (1, ["[]:80"], ""),
        (1, ["2001:db8::9:443]"], "2001:db8::9:443]"),
    ],
    ids=str,
)
def test_an_address_is_believed_as_far_as_our_own_proxies_wrote_it(
    proxies: int, forwarded: list[str], address: str
) -> None:
    headers = [("X-Forwarded-For", each) for each in forwarded]
    request = make_mocked_request("POST", "/login", headers=CIMultiDict(headers))
    assert client_address(request.clone(remote="127.0.0.1"), proxies) == address


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/\r\nX: y",
        "/login?next=/login",
        "/logout",
        "/a\\b",
    ],
    ids=ascii,
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert next_page(path, HOME) == HOME


@pytest.mark.parametrize("path", ["/console", "/console/accounts?x=1", "/review"])
def test_people_go_on_to_where_they_wanted_to(path: str) -> None:
    assert next_page(path, HOME) == path
