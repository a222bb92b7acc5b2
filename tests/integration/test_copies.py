"""A gateway that dies without a word, and starts again while NATS is away."""

import asyncio
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from banstream_testing.steps import ban, call, is_banned, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


async def says(system: System, path: str, text: str) -> bool:
    try:
        async with system.http.get(system.gateways[0].url + path) as answer:
            return answer.status == 200 and text in await answer.text()
    except aiohttp.ClientError:
        return False


async def test_what_a_killed_gateway_had_written_is_answered_and_what_it_was_writing_is_left_out(
    system: System,
) -> None:
    process, folder = system.gateways[0].service, system.folder / "copies"
    process.change({"BANSTREAM_COPY_DIR": str(folder), "BANSTREAM_COPY_AFTER_SECONDS": "0"})
    process.kill()
    process.start()
    await eventually(partial(says, system, "/metrics", "banstream_copies_kept 4.0"))
    copy = folder / "restrictions.copy"
    known = somebody()
    assert (await ban(system, known)).status == 201
    await eventually(partial(asyncio.to_thread, names, copy, known))
    process.kill()
    tear(copy)
    system.nats.kill()
    try:
        process.start()
        await eventually(partial(says, system, "/readyz", "from the copy of"))
        assert await is_banned(system, known)
        assert not await is_banned(system, somebody())
        checked = await call(system, "GET", f"/v1/players/roblox/{known}/restrictions")
        assert int(checked.headers["banstream-stale-seconds"]) < 600
    finally:
        system.nats.start()
    await eventually(partial(says, system, "/readyz", '"ready"'))
    assert await is_banned(system, known)


def names(copy: Path, player: str) -> bool:
    return f"roblox={player}".encode() in copy.read_bytes()


def tear(copy: Path) -> None:
    """Add what looks like a part of a block."""
    content = copy.read_bytes()
    copy.write_bytes(content + content[-200:])
