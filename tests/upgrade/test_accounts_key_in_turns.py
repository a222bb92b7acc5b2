"""The accounts key replaced with the master key, as docs/operations.md says: who may still sign in, and when."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from banstream_testing.infractions import MASTER_KEY
from banstream_testing.processes import Service
from banstream_testing.steps import run_banstream
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

NEW = b"n" * 32
PASSWORD = "seventeen green kettles"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system() -> AsyncIterator[System]:
    async with running_system(console=True, settings={"BANSTREAM_CONSOLE_DEVELOPMENT": "true"}) as running:
        yield running


def console(system: System) -> str:
    assert system.console
    return system.console.url


def turns(*keys: bytes) -> str:
    return ",".join(key.hex() for key in keys)


async def told(system: System, *arguments: str, **settings: str) -> Any:
    ran = await run_banstream({**system.cli_environment(), **settings}, *arguments, "--json")
    assert ran.code == 0, ran
    return json.loads(ran.out)


async def use(system: System, masters: str) -> None:
    made = await told(system, "keys", "derive", BANSTREAM_MASTER_KEY=masters)
    assert system.console
    await restart(system, system.infractions, {"BANSTREAM_MASTER_KEY": masters})
    for service in (system.gateways[0].service, system.console.service):
        await restart(system, service, made)


async def restart(system: System, service: Service, settings: Mapping[str, str]) -> None:
    assert service.stop() == 0
    service.change(settings)
    service.start()
    await system.wait_ready()
    await system.wait_all()


async def sent(system: System, path: str, **fields: str) -> str:
    """Fill in the form of a page, as somebody whom nobody knows; the path that it leads to."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{console(system)}{path}") as shown:
            hidden = dict(HIDDEN.findall(await shown.text()))
        form, headers = {**hidden, **fields}, {"Origin": console(system)}
        async with http.post(f"{console(system)}{path}", data=form, headers=headers, allow_redirects=False) as answer:
            return f"{answer.status} {answer.headers.get('Location', '')}"


async def may_sign_in(system: System, name: str) -> bool:
    led_to = await sent(system, "/login?next=/console", username=name, password=PASSWORD)
    return led_to == "302 /console"


async def join(system: System, *invited: str) -> None:
    link = re.search(r"/join/[^\"\s]+", json.dumps(await told(system, "accounts", *invited)))
    assert link

    async def is_joined() -> bool:
        return (await sent(system, link[0], password=PASSWORD, repeated=PASSWORD)).startswith("303")

    await eventually(is_joined)


async def test_who_has_set_a_password_since_signs_in_and_others_need_a_link(system: System) -> None:
    add = ("--role", "owner", "--console", console(system))
    await join(system, "add", "alex", *add)
    await eventually(lambda: may_sign_in(system, "alex"))
    await use(system, turns(NEW, MASTER_KEY))
    await eventually(lambda: may_sign_in(system, "alex"))
    await join(system, "add", "bea", *add)
    await eventually(lambda: may_sign_in(system, "bea"))
    assert (await told(system, "keys", "rewrap", BANSTREAM_MASTER_KEY=turns(NEW, MASTER_KEY)))["unreadable"] == 0
    await use(system, turns(NEW))
    await eventually(lambda: may_sign_in(system, "bea"))
    assert not await may_sign_in(system, "alex")
    await join(system, "invite", "alex", "--console", console(system))
    await eventually(lambda: may_sign_in(system, "alex"))
