"""Files that come slowly, or broken: a line that is thin is waited for, one that stands still is not."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall
from yarl import URL

from banstream_console.staff.evidence import page
from banstream_contracts.accounts import Role
from banstream_testing.console import Answer
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_SECONDS = 30
PNG = b"\x89PNG\r\n\x1a\n"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
END = b"\r\n--x--\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def moderator(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.REVIEWER)


async def upload(visitor: Visitor, infraction_id: str, body: AsyncIterator[bytes] | bytes) -> Answer:
    query = f"csrf={visitor.csrf}&once={secrets.token_hex(8)}"
    url = URL(f"{visitor.console.url}/console/bans/{infraction_id}/evidence?{query}", encoded=True)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"Cookie": cookie, "Content-Type": "multipart/form-data; boundary=x"}
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        visitor.console.http.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return Answer(answer.status, answer.headers, await answer.read())


async def endless(begun: bytes) -> AsyncIterator[bytes]:
    yield begun
    while True:
        await asyncio.sleep(0.01)
        yield b"x"


async def still(begun: bytes) -> AsyncIterator[bytes]:
    yield begun
    await asyncio.Event().wait()


@pytest.mark.parametrize("body", [endless, still])
@pytest.mark.parametrize("begun", [HEAD + PNG, b"--x\r\nContent", b"--x\r\n\r\n"], ids=["file", "head", "another part"])
async def test_a_file_that_does_not_come_is_not_waited_for(
    wall: Wall,
    moderator: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    body: Callable[[bytes], AsyncIterator[bytes]],
    begun: bytes,
) -> None:
    monkeypatch.setattr(page, "BEGIN_SECONDS", 0.2)
    assert (await upload(moderator, wall.banned[0].infraction_id, body(begun))).status == 408


async def test_a_file_may_take_long_as_long_as_it_comes(
    wall: Wall, moderator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 1.0
    monkeypatch.setattr(page, "BEGIN_SECONDS", seconds)
    monkeypatch.setattr(page, "LEAST_BYTES_PER_SECOND", len(PNG) / PATIENCE_SECONDS)

    async def thin() -> AsyncIterator[bytes]:
        yield HEAD + PNG * 8192
        await asyncio.sleep(seconds * 1.5)  # the time is what is tested
        yield END

    assert (await upload(moderator, wall.banned[0].infraction_id, thin())).status == 303


@pytest.mark.parametrize(
    "body",
    [
        HEAD + PNG,
        HEAD + PNG + END[:4],
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n" + END,
        b"--x\r\n" + b"x" * 20_000 + END,
        b"--x\r\nContent-Length: x\r\n\r\n" + END,
        b"nothing",
        b"",
    ],
    ids=["cut", "cut at its end", "parts in parts", "long line", "no length", "nothing", "empty"],
)
async def test_a_broken_form_with_a_file_is_refused_and_is_no_fault_of_ours(
    wall: Wall, moderator: Visitor, body: bytes
) -> None:
    answer = await upload(moderator, wall.banned[0].infraction_id, body)
    assert 400 <= answer.status < 500, answer.text
