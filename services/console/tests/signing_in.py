"""A team with accounts: infractions, two consoles, and browsers that keep cookies and find the proof of forms."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any, TypeVar

from argon2 import PasswordHasher
from yarl import URL

from banstream_contracts import streams
from banstream_contracts.accounts import AccountEntry, Role, account_id
from banstream_contracts.commands.accounts import (
    OPERATOR,
    AccountCommand,
    EnableTotp,
    InviteAccount,
    JoinAccount,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.results import CommandResult
from banstream_privacy.sharing import accounts_key, share
from banstream_runtime.identifiers import new_id, secret_hash
from banstream_testing.console import Answer, Console, console
from banstream_testing.infractions import MASTER_KEY, Bus
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

Asked = TypeVar("Asked", bound=AccountCommand)

KEY = accounts_key(MASTER_KEY)
PASSWORD = "correct horse battery"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_PROOF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass
class Browser:
    """One browser at one address; cookies are kept, redirects not followed."""

    console: Console
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, /, **headers: str) -> Answer:
        return await self._call("GET", path, None, headers)

    async def post(self, path: str, form: dict[str, str] | None = None, /, **headers: str) -> Answer:
        """As a script posts: with no proof."""
        return await self._call("POST", path, form or {}, headers)

    async def send(self, page: str, path: str, **form: str) -> Answer:
        """As people post: by a form of a page."""
        found = _PROOF.search((await self.get(page)).text)
        assert found, f"no form at {page}"
        return await self.post(path, {"csrf": found[1], "once": secrets.token_hex(8), **form})

    async def sign_in(self, login: str, password: str = PASSWORD, code: str = "", **form: str) -> Answer:
        given = {"username": login, "password": password, "code": code, "next": "/console", **form}
        return await self.post("/login", given)

    async def _call(self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.console.http.request(
            method,
            URL(f"{self.console.url}{path}", encoded=True),
            data=form,
            headers={"Cookie": cookie, "X-Forwarded-For": self.address, **self.headers, **named},
            allow_redirects=False,
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self._keep(name, morsel.value, morsel["max-age"])
            return Answer(answer.status, answer.headers, await answer.read())

    def _keep(self, name: str, value: str, age: str) -> None:
        if age == "0" or not value:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


@dataclass
class Team:
    """People by login, and two consoles that share one bus."""

    bus: Bus
    here: Console
    there: Console

    def browser(self, console: Console | None = None, address: str | None = None) -> Browser:
        """At an address of its own unless one is given, so that tests lock nobody else out."""
        octets = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"
        return Browser(console or self.here, address or octets)

    async def invite(self, login: str, role: Role) -> str:
        """The token of the link."""
        token = secrets.token_urlsafe(16)
        until = datetime.now(UTC) + timedelta(hours=1)
        fields = {"login": login, "name": login.title(), "role": role}
        await self.do(
            command(InviteAccount, login, OPERATOR, **fields, invitation=secret_hash(token), invited_until=until)
        )
        return token

    async def join(self, login: str, role: Role) -> AccountEntry:
        """Somebody with PASSWORD; its hash is a cheap one."""
        token = await self.invite(login, role)
        sealed = share(KEY, f"password {account_id(login)}", _CHEAP.hash(PASSWORD))
        await self.do(command(JoinAccount, login, person(login), invitation=secret_hash(token), password=sealed))
        return self.known(login)

    async def with_totp(self, login: str, secret: str, recovery: tuple[str, ...]) -> None:
        sealed = share(KEY, f"totp {account_id(login)}", secret)
        await self.do(command(EnableTotp, login, person(login), totp=sealed, recovery=recovery))

    async def signed_in(self, login: str, role: Role, console: Console | None = None) -> Browser:
        await self.join(login, role)
        browser = self.browser(console)
        assert (await browser.sign_in(login)).status == 302
        return browser

    async def told(self, login: str, kind: str) -> int:
        """How many events of a kind EVENTS holds of an account."""
        subject = f"banstream.event.account.{kind}.account={account_id(login)}"
        info = await self.bus.client.jetstream().stream_info(streams.EVENTS, subjects_filter=subject)
        return (info.state.subjects or {}).get(subject, 0)

    def known(self, login: str) -> AccountEntry:
        found = self.here.site.staff.accounts.by_login(login)
        assert found
        return found

    async def do(self, asked: AccountCommand) -> CommandResult:
        """Carried out, and known to both consoles."""
        result = await self.bus.send(asked)
        assert result.status == "applied", result
        consoles = (self.here, self.there)

        async def known() -> bool:
            return all(each.site.staff.accounts.position >= result.position for each in consoles)

        await eventually(known)
        return result


def person(login: str) -> Actor:
    return Actor(kind="person", id=account_id(login), name=login)


def command(kind: type[Asked], login: str, actor: Actor, /, **values: Any) -> Asked:
    asked = {
        "command_id": new_id(),
        "issued_at": datetime.now(UTC),
        "actor": actor,
        "correlation_id": new_id(),
        "account_id": account_id(login),
    }
    return kind.model_validate({**asked, **values})


@asynccontextmanager
async def loaded_console(nats: NatsServer, **settings: Any) -> AsyncIterator[Console]:
    """One behind one proxy, that knows who has an account."""
    async with console(nats, **{"console_trusted_proxies": 1, **settings}) as made:

        async def loaded() -> bool:
            return all(watch.is_loaded for watch in made.site.staff.watches)

        await eventually(loaded)
        yield made


@asynccontextmanager
async def team_on(nats: NatsServer, bus: Bus) -> AsyncIterator[Team]:
    """Two consoles for people whom a running infractions service knows."""
    async with loaded_console(nats) as here, loaded_console(nats) as there:
        yield Team(bus, here, there)
