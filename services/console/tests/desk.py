"""Where staff decide and set rules: services run, and people are signed in."""

import dataclasses
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
from aiohttp import FormData
from nats.errors import NoRespondersError
from services.console.tests.signing_in import KEY, command
from services.console.tests.signing_in import person as as_actor

from banstream_abuse_tracker import operations as abuse_tracker
from banstream_contracts import subjects
from banstream_contracts.accounts import AccountEntry, Role, account_id
from banstream_contracts.commands.accounts import OPERATOR, InviteAccount, JoinAccount
from banstream_dayz_feed import operations as dayz_feed
from banstream_ftp_sync import operations as ftp_sync
from banstream_infractions import operations as infractions
from banstream_notifier import operations as notifier
from banstream_privacy.sharing import share
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.identifiers import secret_hash
from banstream_testing.abuse import tracker
from banstream_testing.console import Answer, Console
from banstream_testing.dayz_feed import DAYZ_FEED_KEY
from banstream_testing.fixtures import ROLE_PASSWORD, Database
from banstream_testing.infractions import FTP_SYNC_KEY, MASTER_KEY, Bus, bus, service
from banstream_testing.notifier import NOTIFIER_KEY
from banstream_testing.notifier import notifier as notifier_service
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.waiting import eventually

_SERVICES = (infractions, abuse_tracker, notifier, ftp_sync, dayz_feed)
SETTINGS = {
    "sealing_public_key": sealing_public_key(MASTER_KEY).hex(),
    "notifier_sealing_public_key": sealing_public_key(NOTIFIER_KEY).hex(),
    "ftp_sync_sealing_public_key": sealing_public_key(FTP_SYNC_KEY).hex(),
    "dayz_feed_sealing_public_key": sealing_public_key(DAYZ_FEED_KEY).hex(),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The bus, the console, and somebody of each role that the pages ask for."""

    nats: NatsServer
    bus: Bus
    console: Console
    signer: Signer
    reviewer: Visitor
    admin: Visitor
    database: Database
    ban_file_url: str
    dayz_feed_url: str


@asynccontextmanager
async def database_of_all(postgres_url: str) -> AsyncIterator[tuple[Database, str, str]]:
    """With the schema of each service; and the URLs of the roles of ftp-sync and of the DayZ feed."""
    name = f"desk_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"create database {name}")
    base, host = postgres_url.rsplit("/", 1)[0], postgres_url.rsplit("@", 1)[1].rsplit("/", 1)[0]
    urls = {each: f"postgresql://{each.ROLE}:{ROLE_PASSWORD}@{host}/{name}" for each in _SERVICES}
    try:
        for each in _SERVICES:
            await each.migrate(f"{base}/{name}", ROLE_PASSWORD)
        unused = {field.name: f"{base}/{name}" for field in dataclasses.fields(Database)}
        named = {"service_url": urls[infractions], "abuse_url": urls[abuse_tracker], "notifier_url": urls[notifier]}
        yield Database(**{**unused, **named}), urls[ftp_sync], urls[dayz_feed]
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@asynccontextmanager
async def desk_on(nats: NatsServer, postgres_url: str) -> AsyncIterator[Desk]:
    """Infractions, the abuse tracker and the notifier, and a console before them."""
    async with (
        database_of_all(postgres_url) as (database, ban_file_url, dayz_feed_url),
        bus(nats) as connected,
        service(nats, database),
        tracker(nats, database),
        notifier_service(nats, database),
        staff_console(nats, **SETTINGS) as (made, signer),
    ):
        for subject in (subjects.QUERY_STATUS, subjects.QUERY_ABUSE_STATUS, subjects.QUERY_NOTIFIER_STATUS):
            await eventually(partial(_answers, connected, subject))
        reviewer, admin = [await joined(connected, made, signer, role) for role in (Role.REVIEWER, Role.ADMIN)]
        yield Desk(nats, connected, made, signer, reviewer, admin, database, ban_file_url, dayz_feed_url)


async def _answers(to: Bus, subject: str) -> bool:
    with suppress(NoRespondersError):
        return bool((await to.client.request(subject, b"{}", timeout=30)).data)
    return False


async def joined(to: Bus, made: Console, signer: Signer, role: Role, name: str | None = None) -> Visitor:
    """Somebody with an account that infractions knows too, signed in."""
    login, token = f"{role}-{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    until = datetime.now(UTC) + timedelta(hours=1)
    fields = {"login": login, "name": name or f"Some {login}", "role": role, "invited_until": until}
    invitation = secret_hash(token)
    sealed = share(KEY, f"password {account_id(login)}", "a hash")
    for each in (
        command(InviteAccount, login, OPERATOR, **fields, invitation=invitation),
        command(JoinAccount, login, as_actor(login), invitation=invitation, password=sealed),
    ):
        assert (await to.send(each)).status == "applied"

    async def known() -> AccountEntry | None:
        found = made.site.staff.accounts.by_login(login)
        return found if found and found.is_joined else None

    return await signer.sign_in_again(await eventually(known))


async def post_several(visitor: Visitor, path: str, *pairs: tuple[str, str], once: str = "") -> Answer:
    """A form in which a field may come more than once."""
    form = FormData([("csrf", visitor.csrf), ("once", once or secrets.token_hex(8)), *pairs])
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with visitor.console.http.post(
        f"{visitor.console.url}{path}", data=form, headers={"Cookie": cookie}, allow_redirects=False
    ) as answer:
        return Answer(answer.status, answer.headers, await answer.read())


def went_to(answer: Answer) -> str:
    """Where a form that was carried out leads, without the mark of what that page says."""
    assert answer.status == 303, (answer.status, said(answer))
    return re.sub(r"(said=\w+)\.[0-9a-f]{32}$", r"\1", answer.headers["Location"])


def said(answer: Answer) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
