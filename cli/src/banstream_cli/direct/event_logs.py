"""The event logs there are: one a service that decides, each in a schema of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from banstream_abuse_tracker import operations as abuse_tracker
from banstream_contracts import headers, streams
from banstream_dayz_feed import operations as dayz_feed
from banstream_event_log.schema import Migration
from banstream_ftp_sync import operations as ftp_sync
from banstream_infractions import operations as infractions
from banstream_notifier import operations as notifier


class LogName(StrEnum):
    """As the services are called."""

    INFRACTIONS = streams.INFRACTIONS
    ABUSE_TRACKER = streams.ABUSE_TRACKER
    NOTIFIER = streams.NOTIFIER
    DAYZ_FEED = streams.DAYZ_FEED
    FTP_SYNC = streams.FTP_SYNC


Progress = Callable[[int, int], None]
Rebuild = Callable[[str, Progress, int | None], Awaitable[int]]
"""By how many processes: one a core by default."""


def _by_one(rebuild: Callable[[str, Progress], Awaitable[int]]) -> Rebuild:
    """What streams of these logs become depends on each other, or they are short."""

    async def by_one(url: str, progress: Progress, _jobs: int | None) -> int:
        return await rebuild(url, progress)

    return by_one


@dataclass(frozen=True, slots=True)
class EventLog:
    """Where a log is, and what can be done to its schema."""

    name: LogName
    schema: str
    role: str
    migrations: Callable[[], list[Migration]]
    migrate: Callable[[str, str | None], Awaitable[list[str]]]
    rebuild: Rebuild

    @property
    def source(self) -> str:
        """What events say that they are of."""
        return headers.source(self.name)

    @property
    def password_variable(self) -> str:
        """Where an operator sets the password of the service's role."""
        return f"BANSTREAM_{self.name.upper().replace('-', '_')}_PASSWORD"


INFRACTIONS = EventLog(
    LogName.INFRACTIONS,
    infractions.SCHEMA,
    infractions.ROLE,
    infractions.migrations,
    infractions.migrate,
    infractions.rebuild,
)
ABUSE_TRACKER = EventLog(
    LogName.ABUSE_TRACKER,
    abuse_tracker.SCHEMA,
    abuse_tracker.ROLE,
    abuse_tracker.migrations,
    abuse_tracker.migrate,
    _by_one(abuse_tracker.rebuild),
)
NOTIFIER = EventLog(
    LogName.NOTIFIER,
    notifier.SCHEMA,
    notifier.ROLE,
    notifier.migrations,
    notifier.migrate,
    _by_one(notifier.rebuild),
)
FTP_SYNC = EventLog(
    LogName.FTP_SYNC,
    ftp_sync.SCHEMA,
    ftp_sync.ROLE,
    ftp_sync.migrations,
    ftp_sync.migrate,
    _by_one(ftp_sync.rebuild),
)
DAYZ_FEED = EventLog(
    LogName.DAYZ_FEED,
    dayz_feed.SCHEMA,
    dayz_feed.ROLE,
    dayz_feed.migrations,
    dayz_feed.migrate,
    _by_one(dayz_feed.rebuild),
)
EVENT_LOGS = {log.name: log for log in (INFRACTIONS, ABUSE_TRACKER, NOTIFIER, FTP_SYNC, DAYZ_FEED)}

Which = Annotated[LogName | None, typer.Option("--log", help="Of this service only; else of all.")]


def chosen(which: LogName | None) -> tuple[EventLog, ...]:
    """The one that was named, or all."""
    return (EVENT_LOGS[which],) if which else tuple(EVENT_LOGS.values())
