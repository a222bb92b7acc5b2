"""What pages of staff work with."""

from dataclasses import dataclass, field
from datetime import datetime

import structlog

from banstream_console.access.accounts import Accounts
from banstream_console.access.commands import Commands
from banstream_console.access.questions import Questions
from banstream_console.access.sessions import Limits, Sessions
from banstream_console.problems.exceptions import Away
from banstream_console.problems.field_errors import Wrong
from banstream_edge.bucket_watch import BucketWatch
from banstream_edge.bus import Bus

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Staff:
    """Built once, by `app`."""

    bus: Bus
    questions: Questions
    commands: Commands
    accounts: Accounts
    sessions: Sessions
    limits: Limits
    watches: tuple[BucketWatch, ...] = field(default=())

    def must_be_loaded(self) -> None:
        """Nobody is told to sign in only because nothing is known yet. Raises Away."""
        if not all(watch.is_loaded for watch in self.watches):
            raise Away(Wrong("not-loaded"))

    async def touch(self, key: str, now: datetime) -> None:
        """A session is used; where that cannot be written, people go on working."""
        try:
            await self.sessions.touch(key, now)
        except Away:
            logger.warning("session_not_touched")
