"""What a webhook's receiver gets, and asks for by `Retry-After`."""

import runpy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web

from banstream_notifier import webhook
from banstream_notifier.destinations import Destination
from banstream_notifier.envelope import Envelope
from banstream_notifier.outcomes import TryLater
from banstream_testing.loopback import on_loopback
from banstream_testing.notifier import SECRET

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OTHER = "whsec_b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIg"
EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "verify_webhook.py"
TOLD = Envelope(uuid4(), "policy.set", {}, {"type": "policy.set"}, None, NOW, 1)


@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [
        (429, "120", 120),
        (503, "Fri, 02 Jan 2026 03:06:05 GMT", 120),
        (429, "Fri, 02 Jan 2026 02:00:00 GMT", 0),
        (429, "Sat, 02 Jan 2027 03:04:05 GMT", 3600),
        (429, "99999999999", 3600),
        (503, "Fri, 02 Jan 2026 03:06:05", None),
        (503, "Fri, 02 Jan 99999999999 03:06:05 GMT", None),
        (503, "soon", None),
        (503, None, None),
        (500, "120", None),
    ],
    ids=["seconds", "date", "past", "next-year", "ages", "no-zone", "no-year", "a-word", "none", "of-another-status"],
)
async def test_a_receiver_is_given_the_time_it_asks_for_up_to_an_hour(
    status: int, asked: str | None, seconds: float | None
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": asked} if asked else {})

    app = web.Application()
    app.router.add_post("/", answer)
    async with on_loopback(app) as url, aiohttp.ClientSession() as session:
        with pytest.raises(TryLater) as later:
            await webhook.send(session, Destination(f"{url}/", SECRET), TOLD, NOW)
    assert later.value.seconds == seconds


async def received(now: datetime, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """Headers and body as they arrive."""
    found: list[tuple[dict[str, str], bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        found.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", answer)
    async with on_loopback(app) as url, aiohttp.ClientSession() as session:
        await webhook.send(session, Destination(f"{url}/", secret), TOLD, now)
    return found[0]


async def test_the_documented_receiver_takes_what_is_ours_and_nothing_else() -> None:
    is_ours: Callable[..., bool] = runpy.run_path(str(EXAMPLE))["is_ours"]
    now = datetime.now(UTC)
    headers, body = await received(now)
    assert is_ours([SECRET], headers, body)
    assert is_ours([OTHER, SECRET], headers, body)
    assert not is_ours([OTHER], headers, body)
    assert not is_ours([SECRET], headers, body + b" ")
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert not is_ours([SECRET], {**headers, name: "1"}, body)
        assert not is_ours([SECRET], {key: value for key, value in headers.items() if key != name}, body)
    both = headers["webhook-signature"] + " " + (await received(now, OTHER))[0]["webhook-signature"]
    assert is_ours([OTHER], {**headers, "webhook-signature": both}, body)
    assert not is_ours([SECRET], *(await received(now - timedelta(seconds=310))))


async def test_a_secret_without_its_padding_is_the_same_key_for_the_documented_receiver() -> None:
    is_ours: Callable[..., bool] = runpy.run_path(str(EXAMPLE))["is_ours"]
    secret = "whsec_" + "QUJD" * 8 + "QQ=="
    assert is_ours([secret.rstrip("=")], *(await received(datetime.now(UTC), secret)))
