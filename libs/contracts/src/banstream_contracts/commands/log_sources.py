"""Commands: what somebody asks the log feed to do."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter

from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import LATE
from banstream_contracts.log_sources import (
    DEFAULT_LOOK_BACK_SECONDS,
    DEFAULT_POLL_SECONDS,
    SERVICE,
    Login,
    LookBackSeconds,
    PollSeconds,
    Rules,
    TimeZone,
)
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import Name, Reason, ShortId


class LogSourceCommand(Command):
    """About one source of logs."""

    service: ClassVar[str] = SERVICE

    source_id: ShortId

    @property
    def token(self) -> str:
        """By the source."""
        return f"log_source={self.source_id}"


class AddLogSource(LogSourceCommand):
    """Follow the logs in a folder from now on.

    The secret is a password, or a private key of SFTP in PEM or OpenSSH form, sealed for the feed.
    """

    type: Literal["add_log_source"] = "add_log_source"
    name: Name
    server_id: ShortId
    login: Login
    sealed_secret: Sealed | None = None
    time_zone: TimeZone
    poll_seconds: PollSeconds = DEFAULT_POLL_SECONDS
    look_back_seconds: LookBackSeconds = DEFAULT_LOOK_BACK_SECONDS
    rules: Rules = Field(default_factory=dict)


class ChangeLogSource(LogSourceCommand):
    """Change what is named; `login` and `rules` are replaced whole."""

    type: Literal["change_log_source"] = "change_log_source"
    name: Name | None = None
    server_id: ShortId | None = None
    login: Login | None = None
    sealed_secret: Sealed | None = None
    time_zone: TimeZone | None = None
    poll_seconds: PollSeconds | None = None
    look_back_seconds: LookBackSeconds | None = None
    rules: Rules | None = None


class PauseLogSource(LogSourceCommand):
    """Read no further until the source is resumed."""

    type: Literal["pause_log_source"] = "pause_log_source"
    reason: Reason | None = None


class ResumeLogSource(LogSourceCommand):
    """Go on where reading stopped; what has become too old meanwhile does not act."""

    type: Literal["resume_log_source"] = "resume_log_source"


class RemoveLogSource(LogSourceCommand):
    """End a source for good."""

    type: Literal["remove_log_source"] = "remove_log_source"
    reason: Reason | None = None


AnyLogSourceCommand = Annotated[
    AddLogSource | ChangeLogSource | PauseLogSource | ResumeLogSource | RemoveLogSource,
    Field(discriminator="type"),
]
LOG_SOURCE_COMMAND: TypeAdapter[AnyLogSourceCommand] = TypeAdapter(AnyLogSourceCommand, config=LATE)
