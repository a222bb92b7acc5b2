"""What a webhook's receiver asks for by `Retry-After`."""

from datetime import UTC, datetime
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
