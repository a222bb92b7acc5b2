"""Signing in while infractions is away: accounts are in the bucket, and what was done is told later."""

from functools import partial

import pytest
from services.console.tests.signing_in import PASSWORD, Browser, loaded_console, team_on

from banstream_console.staff.guard import COOKIE
from banstream_console.staff.signing_in.second_factor import hashed, new_secret
from banstream_contracts.accounts import Role
from banstream_edge.bucket_watch import BucketWatch
from banstream_testing.console import console
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.streams import nothing_happened
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_people_sign_in_while_infractions_is_away_and_it_is_told_later(
    nats: NatsServer, wall_database: Database
) -> None:
    async with bus(nats) as connected:
        async with service(nats, wall_database), team_on(nats, connected) as team:
            await team.join("night", Role.VIEWER)
        async with team_on(nats, connected) as team:
            browser = team.browser()
            assert (await browser.sign_in("night")).status == 302
            assert (await browser.get("/console")).status == 200
            async with service(nats, wall_database):

                async def is_told() -> bool:
                    return await team.told("night", "signed_in") == 1

                await eventually(is_told)


async def test_a_recovery_code_waits_for_infractions_and_is_not_used_up_without_it(
    nats: NatsServer, wall_database: Database
) -> None:
    async with bus(nats) as connected:
        async with service(nats, wall_database), team_on(nats, connected) as team:
            await team.join("rico", Role.VIEWER)
            await team.with_totp("rico", new_secret(), (hashed("spare"),))
        async with loaded_console(nats, command_timeout_seconds=0.1) as here:
            answer = await Browser(here, "10.0.0.1").sign_in("rico", PASSWORD, "spare")
            assert answer.status == 503


async def test_whoever_was_signed_in_is_not_told_to_sign_in_before_every_account_is_known(nats: NatsServer) -> None:
    async with bus(nats) as connected, console(nats) as made:
        accounts, sessions = made.site.staff.watches
        cookie = f"{COOKIE}={'x' * 43}"
        await eventually(partial(_is_loaded, sessions))
        assert (await made.get("/console", Cookie=cookie)).status == 503
        await nothing_happened(connected.client)
        await eventually(partial(_is_loaded, accounts))
        assert (await made.get("/console", Cookie=cookie)).status == 302


async def _is_loaded(watch: BucketWatch) -> bool:
    return watch.is_loaded
