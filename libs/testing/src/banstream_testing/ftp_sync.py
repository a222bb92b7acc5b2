"""Ftp-sync running inside a test, what it asks of others, and commands that gateways send it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faststream import FastStream
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from pydantic import BaseModel, SecretStr

from banstream_contracts import headers, subjects
from banstream_contracts.ban_files import BanFileFormat, BanFileKind, BanFilePlace, BanFilePolicy
from banstream_contracts.commands.ban_files import CreateBanFile
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Scope
from banstream_contracts.players import Player
from banstream_contracts.queries.abuse import ProtectedPage, ProtectedPlayer
from banstream_contracts.queries.ban_files import BansFound, FindBans, FoundBan
from banstream_ftp_sync import operations
from banstream_ftp_sync.app import create_app
from banstream_ftp_sync.settings import NatsSettings, Settings
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_short_id
from banstream_testing.abuse import asked
from banstream_testing.applications import running
from banstream_testing.fixtures import ROLE_PASSWORD, Database
from banstream_testing.infractions import FTP_SYNC_KEY, MODERATOR, Bus, issue
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

_SETTINGS: dict[str, Any] = {
    "ftp_sync_master_key": SecretStr(FTP_SYNC_KEY.hex()),
    "ftp_sync_gather_seconds": 0.1,
    "ftp_sync_longest_pause_seconds": 0.2,
    "ftp_sync_timeout_seconds": 5.0,
}


def sealed_secret(**secret: str) -> str:
    """As a gateway seals."""
    return seal(sealing_public_key(FTP_SYNC_KEY), json.dumps(secret))


def local_place(file: Path) -> BanFilePlace:
    """A file of this machine."""
    return BanFilePlace(kind=BanFileKind.LOCAL, path=str(file))


def new_ban_file(place: BanFilePlace, ban_format: BanFileFormat = BanFileFormat.DAYZ, **values: Any) -> CreateBanFile:
    """A ban file that may be created."""
    common: dict[str, Any] = {
        "ban_file_id": new_short_id(),
        "name": "Test file",
        "format": ban_format,
        "place": place,
        "policy": BanFilePolicy(may_create=True),
    }
    return CreateBanFile(**asked(**{**common, **values}))


def dayz(number: int) -> Player:
    """A player of a PC server, by number."""
    return Player(service="dayz", id=f"{number:043d}=")


def dayz_ban(number: int, **values: Any) -> Any:
    """A permanent ban of such a player."""
    return issue(**{"player_id": "1", "player": dayz(number), "reason": f"reason {number}", **values})


def timed(seconds: int) -> dict[str, Any]:
    """Of a ban that ends."""
    return {"lifetime": Lifetime.TIMED, "duration_seconds": seconds}


async def ftp_sync_url(database: Database) -> str:
    """Migrates the schema of ftp-sync in a test's database; the URL of its role."""
    await operations.migrate(database.admin_url, ROLE_PASSWORD)
    scheme, rest = database.admin_url.split("://", 1)
    return f"{scheme}://{operations.ROLE}:{ROLE_PASSWORD}@{rest.rsplit('@', 1)[1]}"


@asynccontextmanager
async def ftp_sync(nats: NatsServer, url: str, *folders: Path, **settings: Any) -> AsyncIterator[FastStream]:
    """The service; `folders` are where local files may be."""
    allowed = ":".join(str(folder) for folder in folders)
    given = {"database_url": SecretStr(url), "ftp_sync_folders": allowed, **_SETTINGS, **settings}
    app = create_app(Settings(**given), NatsSettings(nats_url=nats.url))
    async with running(app):
        yield app


async def ask(to: Bus, subject: str, question: BaseModel) -> Any:
    """The reply to a query, as JSON values; a service that starts is waited for."""
    payload = question.model_dump_json(exclude_none=True).encode()

    async def answered() -> Any:
        with suppress(NoRespondersError):
            return json.loads((await to.client.request(subject, payload, timeout=30)).data)
        return None

    return await eventually(answered)


@dataclass
class BansStandIn:
    """Answers what ftp-sync asks of infractions and of the abuse tracker, one ban a page.

    `fails_after` pages every further question goes wrong; `position` is where infractions' log ends. `sealed` is the
    address of every ban, as infractions seals it.
    """

    bans: list[Infraction] = field(default_factory=list)
    protected: list[Player] = field(default_factory=list)
    position: int = 1000
    fails_after: int | None = None
    sealed: str | None = None
    asked: int = 0
    client: Client = field(default_factory=Client)

    async def on_bans(self, message: Msg) -> None:
        """A page with the next ban, or those that are named."""
        self.asked += 1
        if self.fails_after is not None and self.asked > self.fails_after:
            await self.client.publish(message.reply, b"", headers={headers.QUERY_ERROR: "test"})
            return
        query = FindBans.model_validate_json(message.data)
        if query.infraction_ids is not None:
            found = [each for each in self.bans if each.id in query.infraction_ids]
            following = None
        else:
            rest = [each for each in sorted(self.bans, key=lambda each: each.id) if each.id > (query.cursor or "")]
            found, following = rest[:1], rest[0].id if len(rest) > 1 else None
        items = tuple(FoundBan(infraction=each, sealed_address=self.sealed) for each in found)
        answer = BansFound(items=items, position=self.position, next=following)
        await message.respond(answer.model_dump_json().encode())

    async def on_protected(self, message: Msg) -> None:
        """All of them."""
        items = tuple(
            ProtectedPlayer(player=each, reason="test", protected_at=datetime.now(UTC), protected_by=MODERATOR)
            for each in self.protected
        )
        await message.respond(ProtectedPage(items=items, next=None).model_dump_json().encode())

    @asynccontextmanager
    async def answering(self, to: Bus) -> AsyncIterator["BansStandIn"]:
        """Until the end; then nobody answers."""
        self.client = to.client
        subscriptions = [
            await to.client.subscribe(subjects.QUERY_BANS, cb=self.on_bans),
            await to.client.subscribe(subjects.QUERY_PROTECTED, cb=self.on_protected),
        ]
        await to.client.flush()
        try:
            yield self
        finally:
            for each in subscriptions:
                await each.unsubscribe()


def infraction(number: int, **values: Any) -> Infraction:
    """A permanent ban of a player of a PC server, as infractions tells it."""
    common: dict[str, Any] = {
        "id": f"{number:024x}",
        "player": dayz(number),
        "punishments": (Punishment.BAN,),
        "lifetime": Lifetime.PERMANENT,
        "reason": f"reason {number}",
        "scope": Scope.GLOBAL,
        "issuer": MODERATOR,
        "issued_at": datetime.now(UTC),
        "position": number,
    }
    return Infraction(**{**common, **values})
