"""The feed of DayZ logs running inside a test, logs of an invented server, and commands that gateways send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from faststream import FastStream
from pydantic import SecretStr

from banstream_contracts.commands.log_sources import AddLogSource
from banstream_contracts.log_sources import Login, LogSourceKind
from banstream_dayz_feed.app import create_app
from banstream_dayz_feed.settings import NatsSettings, Settings
from banstream_privacy.transit import seal, sealing_public_key
from banstream_remote_files.errors import NotThere
from banstream_remote_files.ports import Entry
from banstream_runtime.identifiers import new_short_id
from banstream_testing.abuse import SERVER_ID, asked
from banstream_testing.applications import running
from banstream_testing.servers import NatsServer

DAYZ_FEED_KEY = bytes(range(128, 160))
BUILDER = "0123456789ABCDEF0123456789ABCDEF01234567"
ACTS = {"build_rate": {"limit": 2, "mode": "act"}}


def sealed_secret(secret: str) -> str:
    """As a gateway seals."""
    return seal(sealing_public_key(DAYZ_FEED_KEY), secret)


def local_login(folder: str = ".") -> Login:
    """A folder of this machine."""
    return Login(kind=LogSourceKind.LOCAL, folder=folder)


def new_source(login: Login, **values: Any) -> AddLogSource:
    """A source that is polled every second, where three placements in a minute are an act."""
    common: dict[str, Any] = {
        "source_id": new_short_id(),
        "name": "Test server",
        "server_id": SERVER_ID,
        "login": login,
        "time_zone": "UTC",
        "poll_seconds": 1,
        "rules": ACTS,
    }
    return AddLogSource(**asked(**{**common, **values}))


def file_name(start: datetime) -> str:
    """As Nitrado calls a log."""
    return f"DayZServer_X1_x64_{start:%Y-%m-%d_%H-%M-%S}.ADM"


def header(start: datetime) -> bytes:
    """With what a log begins."""
    return f"\n\n{'*' * 78}\nAdminLog started on {start:%Y-%m-%d} at {start:%H:%M:%S}\n".encode()


def placed(at: datetime, count: int = 1, player: str = BUILDER, name: str = "Survivor") -> bytes:
    """Lines about things that were placed, a second after each other."""
    block = f'Player "{name}" (id={player} pos=<4117.1, 10504.5, 238.1>)'
    moments = (at + timedelta(seconds=number) for number in range(count))
    return b"".join(f"{each:%H:%M:%S} | {block} placed Fence Kit<FenceKit>\n".encode() for each in moments)


def feed_settings(url: str, root: Path, **settings: Any) -> dict[str, Any]:
    """Of a feed that may read below a folder."""
    return {
        "database_url": SecretStr(url),
        "dayz_feed_master_key": SecretStr(DAYZ_FEED_KEY.hex()),
        "dayz_feed_local_root": root,
        "dayz_feed_longest_pause_seconds": 1.0,
        "dayz_feed_timeout_seconds": 5.0,
        **settings,
    }


@asynccontextmanager
async def dayz_feed(nats: NatsServer, url: str, root: Path, **settings: Any) -> AsyncIterator[FastStream]:
    """The feed of DayZ logs; `url` is that of its role in a test's database."""
    app = create_app(Settings(**feed_settings(url, root, **settings)), NatsSettings(nats_url=nats.url))
    async with running(app):
        yield app


class Folder:
    """A host's folder in memory, as `/logs`; `read_at` is what was read from where."""

    host = "test"

    def __init__(self) -> None:
        self.logs: dict[str, bytes] = {}
        self.read_at: list[tuple[str, int]] = []
        self.tells_sizes = True
        self.resumes = True
        self.modified_at: dict[str, datetime] = {}

    async def entries(self, folder: str) -> list[Entry]:
        """Every log."""
        assert folder == "/logs"
        return [
            Entry(name, size=len(log) if self.tells_sizes else None, modified_at=self.modified_at.get(name))
            for name, log in self.logs.items()
        ]

    async def read_from(self, path: str, offset: int, limit: int) -> bytes:
        """Part of a log."""
        name = path.removeprefix("/logs/")
        self.read_at.append((name, offset))
        if name not in self.logs:
            raise NotThere(self.host, path, "gone")
        return self.logs[name][offset : offset + limit]
