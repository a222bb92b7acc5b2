"""The list that is made ahead: nothing that goes wrong in the making ends the making."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request
from services.gateway.tests.conftest import until
from services.gateway.tests.ndp.test_state import KEY, ban

from banstream_gateway import prepared
from banstream_gateway.held.ban_list import BanList, ListedBan
from banstream_gateway.ndp.listing import write
from banstream_gateway.prepared import PreparedList, Written


async def test_a_list_that_cannot_be_made_leaves_the_old_one_and_is_tried_again_at_the_next_change() -> None:
    fails, tries = False, 0

    def writing(bans: Sequence[ListedBan], now: datetime) -> Written:
        nonlocal tries
        tries += 1
        if fails:
            raise ValueError
        return write(bans, now)

    bans = BanList(KEY, lambda: 0)
    lists = PreparedList(bans, None, writing)
    making = asyncio.create_task(lists.run())
    request = make_mocked_request("GET", "/bans")
    first = await lists.answer(request, None, {})
    fails = True
    bans.apply("1" * 24, _entry())
    await until(lambda: tries == 2)
    assert (await lists.answer(request, None, {})).body == first.body
    fails = False
    bans.apply_own(ban(3))
    changed = await lists.answer(request, None, {})
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert not making.done()
    making.cancel()
    with suppress(asyncio.CancelledError):
        await making


async def test_a_ban_is_listed_again_once_a_clock_that_was_ahead_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bans = BanList(KEY, lambda: 0)
    lists, request = PreparedList(bans, None, write), make_mocked_request("GET", "/bans")
    bans.apply_own(msgspec.structs.replace(ban(3), expires_at=datetime.now(UTC) + timedelta(minutes=30)))
    listed = await lists.answer(request, None, {})
    monkeypatch.setattr(prepared, "datetime", _Ahead)
    ahead = await lists.answer(request, None, {})
    assert ahead.headers["ETag"] != listed.headers["ETag"]
    monkeypatch.undo()
    assert (await lists.answer(request, None, {})).headers["ETag"] == listed.headers["ETag"]


class _Ahead(datetime):
    """A clock that is an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # of the standard library
        return datetime.now(tz) + timedelta(hours=1)


def _entry() -> bytes:
    return (
        b'{"infraction_id":"111111111111111111111111","position":1,"reason":"x","scope":"global",'
        b'"issued_at":"2026-01-02T03:04:05Z"}'
    )
