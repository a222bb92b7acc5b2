"""Accounts against a real NATS server and a real Postgres: KV in log order, sealed values, two owners at once."""

import json
from datetime import UTC, datetime

import asyncpg
import pytest
from services.infractions.tests.account_commands import OTHER_PASSWORD, PASSWORD, ask, hashed, invite, join
from services.infractions.tests.scenes import START

from banstream_contracts import streams
from banstream_contracts.accounts import AccountEntry, Role, account_id
from banstream_contracts.commands.accounts import ChangeRole, RecordLockout, RecordSignIn, SetPassword
from banstream_infractions.operations import rebuild
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, service
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.integration


async def entry_at(to: Bus, login: str, position: int) -> AccountEntry:
    """The account once the bucket has reached a position."""

    async def reached() -> bool:
        return int(await to.entry(streams.ACCOUNTS_BUCKET, streams.POSITION_KEY) or 0) >= position

    await eventually(reached)
    return AccountEntry.model_validate(await to.entry(streams.ACCOUNTS_BUCKET, account_id(login)))


async def test_an_account_reaches_the_bucket_and_its_secrets_no_event(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        invited = await to.send(invite("olga", Role.OWNER, at=datetime.now(UTC)))
        assert (await entry_at(to, "olga", invited.position)).invitation == hashed("link of olga")
        joined = await to.send(join("olga"))
        entry = await entry_at(to, "olga", joined.position)
        assert (entry.password, entry.invitation, entry.role, entry.position) == (PASSWORD, None, Role.OWNER, 2)
        again = await to.send(join("olga"))
        assert again.refusal
        assert again.refusal.code == "invalid-invitation"
        changed = await to.send(ask(SetPassword, "olga", "olga", password=OTHER_PASSWORD))
        signed_in = await to.send(ask(RecordSignIn, "olga", "olga", sign_in_id="5" * 24))
        locked = ask(RecordLockout, "nobody", sign_in_id="6" * 24, failures=5, locked_until=START)
        assert (await to.send(locked)).status == "refused"
        told = await to.events(4)
        assert [message.subject.split(".")[3] for message in told] == ["invited", "joined", "password_set", "signed_in"]
        for message in told:
            body = json.loads(message.data)
            assert not {"password", "invitation", "totp", "recovery"} & body.keys()
        assert (await entry_at(to, "olga", signed_in.position)).position == changed.position


async def test_of_two_owners_lowered_in_one_batch_one_stays(nats: NatsServer, database: Database) -> None:
    """All wait in the stream, so that one batch decides them: also of owners whom it makes itself."""
    first = [
        invite("olga", Role.OWNER, at=datetime.now(UTC)),
        join("olga"),
        invite("otto", Role.OWNER, at=datetime.now(UTC)),
        join("otto"),
    ]
    lowered = [ask(ChangeRole, login, "olga", role=Role.ADMIN) for login in ("otto", "olga")]
    async with bus(nats) as to:
        for command in (*first, *lowered):
            await to.publish(command)
        async with service(nats, database):
            last = await to.send(ask(ChangeRole, "olga", role=Role.VIEWER))
            assert last.refusal
            assert last.refusal.code == "last-owner"
            roles = [(await entry_at(to, login, last.position)).role for login in ("olga", "otto")]
            assert roles == [Role.OWNER, Role.ADMIN]


async def test_the_bucket_and_the_rules_survive_a_rebuild(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database):
        for command in (invite("olga", Role.OWNER, at=datetime.now(UTC)), join("olga"), invite("mona")):
            assert (await to.send(command)).status == "applied"
        connection = await asyncpg.connect(database.admin_url)
        before = await connection.fetch("select * from infractions.accounts order by id")
        await rebuild(database.admin_url)
        assert await connection.fetch("select * from infractions.accounts order by id") == before
        await connection.close()
        last = await to.send(ask(ChangeRole, "olga", role=Role.VIEWER))
        assert last.refusal
        assert last.refusal.code == "last-owner"
