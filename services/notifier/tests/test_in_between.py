"""Whoever stands between us and Discord, or breaks off: nothing is taken for Discord's word that is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from banstream_contracts.notifier_targets import TargetDisplay
from banstream_notifier.destinations import Destination
from banstream_notifier.discord import Discord
from banstream_notifier.outcomes import Gone, NotNow, Refused, Sent, ThreadArchived, TryLater
from banstream_notifier.outside import Resolver, open_session
from banstream_notifier.rate_limits import RateLimits

EMBEDS = [{"title": "x"}]
JSON, HTML = "application/json", "text/html"
PAGE = "<!DOCTYPE html><title>Sign in to the network</title>"


def answer(status: int, body: str, kind: str = JSON, more: str = "", length: int | None = None) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {kind}\r\n{more}"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n{body}".encode()


@asynccontextmanager
async def discord_of(said: bytes) -> AsyncIterator[tuple[Discord, Destination]]:
    """Each request is answered by the same bytes, and the connection ends."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(said)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_session(3.0, Resolver(only_public=False)) as session:
            yield Discord(session, RateLimits()), Destination(f"http://127.0.0.1:{port}/api/webhooks/1/t0ken")


async def sent_to(said: bytes) -> Sent:
    async with discord_of(said) as (discord, webhook):
        return await discord.send(webhook, EMBEDS, TargetDisplay())


async def changed_at(said: bytes) -> Sent:
    async with discord_of(said) as (discord, webhook):
        return await discord.change(webhook, "7", EMBEDS, TargetDisplay())


@pytest.mark.parametrize("status", [200, 206, 400, 401, 403, 404, 405, 407, 413, 451, 502])
@pytest.mark.parametrize("sending", [sent_to, changed_at], ids=["a-message", "a-change"])
async def test_a_web_page_is_no_answer_of_discord_whatever_its_status(status: int, sending: object) -> None:
    """It neither took the message nor said that the webhook is gone."""
    assert callable(sending)
    with pytest.raises(TryLater, match=f"^{status}: a web page") as later:
        await sending(answer(status, f"\n{PAGE}", HTML))
    assert later.value.answer == status


@pytest.mark.parametrize("status", [402, 405, 407, 409, 411, 421, 451])
@pytest.mark.parametrize("body", ["", "no", '{"message": "no", "code": 0}'], ids=["nothing", "a-word", "json"])
async def test_only_what_discord_says_of_the_message_itself_puts_it_aside(status: int, body: str) -> None:
    with pytest.raises(TryLater):
        await sent_to(answer(status, body))


@pytest.mark.parametrize("status", [400, 413])
async def test_a_message_is_refused_by_json_alone(status: int) -> None:
    with pytest.raises(Refused):
        await sent_to(answer(status, '{"message": "Invalid Form Body", "code": 50035}'))
    with pytest.raises(TryLater):
        await sent_to(answer(status, "Bad Request", "text/plain"))


async def test_a_429_that_does_not_say_how_long_is_followed_by_our_own_pauses() -> None:
    for said in (answer(429, "error code: 1015", "text/plain"), answer(429, '{"retry_after": 0}')):
        with pytest.raises(TryLater, match="no word of how long") as later:
            await sent_to(said)
        assert not isinstance(later.value, NotNow)


async def test_a_429_whose_body_breaks_off_is_waited_for_as_its_header_says() -> None:
    with pytest.raises(NotNow) as wait:
        await sent_to(answer(429, '{"mess', more="Retry-After: 40\r\n", length=90))
    assert wait.value.seconds == 40


async def test_an_answer_with_long_headers_is_one() -> None:
    found = await sent_to(answer(200, '{"id": "7"}', more=f"Content-Security-Policy: {'x' * 20_000}\r\n"))
    assert found.message_id == "7"


async def test_a_thread_that_is_closed_is_waited_for_and_a_message_in_it_is_followed_by_a_new_one() -> None:
    closed = answer(400, '{"message": "Thread is archived", "code": 50083}')
    with pytest.raises(TryLater, match="open the thread again"):
        await sent_to(closed)
    with pytest.raises(ThreadArchived):
        await changed_at(closed)


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (404, 10015, "the URL of a new webhook"),
        (401, 50027, "the URL of a new webhook"),
        (404, 10003, "another thread"),
    ],
    ids=["no-webhook", "no-token", "no-channel"],
)
async def test_of_what_is_gone_the_operator_reads_what_to_do(status: int, code: int, remedy: str) -> None:
    with pytest.raises(Gone, match=remedy):
        await sent_to(answer(status, f'{{"message": "Unknown", "code": {code}}}'))


async def test_a_redirect_says_so() -> None:
    with pytest.raises(TryLater, match="it leads elsewhere"):
        await sent_to(answer(308, "", more="Location: http://127.0.0.1:1/\r\n"))
