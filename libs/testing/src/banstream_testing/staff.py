"""People signed in to a console that runs inside a test, without their having to sign in."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
from nats.aio.client import Client
from yarl import URL

from banstream_console.access.people import Person
from banstream_console.access.sessions import key_of
from banstream_console.staff.guard import COOKIE
from banstream_contracts import streams, subjects
from banstream_contracts.accounts import AccountEntry, Role, SessionEntry
from banstream_runtime.identifiers import new_short_id
from banstream_testing.console import Answer, Console, console
from banstream_testing.servers import NatsServer
from banstream_testing.streams import nothing_happened
from banstream_testing.waiting import eventually


def account(role: Role, *, since: datetime | None = None, **values: Any) -> AccountEntry:
    """Somebody with a role, named after it."""
    began = since or datetime.now(UTC) - timedelta(days=1)
    named = {"id": new_short_id(), "login": f"{role}-{secrets.token_hex(3)}", "name": f"Some {role.capitalize()}"}
    return AccountEntry(**{**named, **values}, role=role, sessions_since=began)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody's browser without a screen: cookies, forms with their proof, no redirects."""

    console: Console
    account: AccountEntry
    token: str

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser holds."""
        return {COOKIE: self.token}

    @property
    def csrf(self) -> str:
        """What their forms carry."""
        return Person(self.account, key_of(self.token), self.token).csrf

    async def get(self, path: str, **headers: str) -> Answer:
        """A page."""
        return await self._call("GET", path, None, headers)

    async def post(self, path: str, /, *, csrf: str | None = None, **fields: str) -> Answer:
        """A form, sent once, with their proof unless another is given."""
        proof = self.csrf if csrf is None else csrf
        return await self._call("POST", path, {"csrf": proof, "once": secrets.token_hex(8), **fields}, {})

    async def post_with(self, path: str, headers: dict[str, str], **fields: str) -> Answer:
        """A form with headers of a browser."""
        return await self._call("POST", path, {"csrf": self.csrf, "once": secrets.token_hex(8), **fields}, headers)

    async def _call(self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self.console.http.request(
            method,
            URL(f"{self.console.url}{path}", encoded=True),
            data=form,
            headers={"Cookie": cookie, **named},
            allow_redirects=False,
        ) as answer:
            is_endless = answer.content_type == "text/event-stream"
            return Answer(answer.status, answer.headers, b"" if is_endless else await answer.read())


class Signer:
    """Signs people in by writing what the console would have written."""

    def __init__(self, made: Console, client: Client) -> None:
        self._made = made
        self._client = client

    async def sign_in(self, role: Role, **values: Any) -> Visitor:
        """A new account of a role, and a session of it that the console knows."""
        someone = account(role, **values)
        await self._put(streams.ACCOUNTS_BUCKET, someone.id, someone.model_dump_json())
        return await self.sign_in_again(someone)

    async def sign_in_again(self, someone: AccountEntry) -> Visitor:
        """One more session of an account."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        session = SessionEntry(account_id=someone.id, created_at=now, seen_at=now, agent="a browser")
        await self._put(streams.SESSIONS_BUCKET, key_of(token), session.model_dump_json())
        staff = self._made.site.staff

        async def known() -> bool:
            return staff.sessions.get(key_of(token)) is not None and staff.accounts.get(someone.id) is not None

        await eventually(known)
        return Visitor(self._made, someone, token)

    async def _put(self, bucket: str, key: str, value: str) -> None:
        await self._client.jetstream().publish(subjects.entry(bucket, key), value.encode())


def seen_at(visitor: Visitor) -> datetime:
    """When the session was last used, as their console holds it."""
    held = visitor.console.site.staff.sessions.get(key_of(visitor.token))
    assert held
    return held.seen_at


def seen_last(visitor: Visitor, moment: datetime) -> None:
    """Their console holds that the session was last used then."""
    sessions, key = visitor.console.site.staff.sessions, key_of(visitor.token)
    held = sessions.get(key)
    assert held
    sessions.apply(key, held.model_copy(update={"seen_at": moment}).model_dump_json().encode())


@asynccontextmanager
async def staff_console(server: NatsServer, **settings: Any) -> AsyncIterator[tuple[Console, Signer]]:
    """A console and who signs people in to it."""
    async with console(server, **settings) as made:
        client = await nats.connect(server.url)
        try:
            await nothing_happened(client)

            async def loaded() -> bool:
                return all(watch.is_loaded for watch in made.site.staff.watches)

            await eventually(loaded)
            yield made, Signer(made, client)
        finally:
            await client.close()
