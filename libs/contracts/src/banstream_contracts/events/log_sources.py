"""Events of the log feed; the same rules as in `event`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter

from banstream_contracts.events.event import Event
from banstream_contracts.infractions import LATE
from banstream_contracts.log_sources import (
    SERVICE,
    Login,
    LookBackSeconds,
    PollSeconds,
    Rules,
    TimeZone,
)
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import Name, Reason, ShortId


class LogSourceEvent(Event):
    """An event of one source of logs; `name` is what it is called then."""

    service: ClassVar[str] = SERVICE

    source_id: ShortId
    name: Name
    server_id: ShortId

    @property
    def stream(self) -> str:
        """The log stream: `log_source:<id>`."""
        return f"log_source:{self.source_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"log_source={self.source_id}"


class _LogSourceDescribed(LogSourceEvent):
    """A source as it is from now on. How to log in, and whom the rules spare, stays in the log."""

    private: ClassVar[frozenset[str]] = frozenset({"login", "sealed_secret", "rules"})

    login: Login
    sealed_secret: Sealed | None = None
    time_zone: TimeZone
    poll_seconds: PollSeconds
    look_back_seconds: LookBackSeconds
    rules: Rules


class LogSourceAdded(_LogSourceDescribed):
    """The logs in a folder are followed from now on."""

    type: Literal["log_source.added"] = "log_source.added"


class LogSourceChanged(_LogSourceDescribed):
    """A source as it is from now on; the sealed secret is there where it was changed."""

    type: Literal["log_source.changed"] = "log_source.changed"


class LogSourcePaused(LogSourceEvent):
    """It is not read."""

    type: Literal["log_source.paused"] = "log_source.paused"
    reason: Reason | None = None


class LogSourceResumed(LogSourceEvent):
    """It is read again."""

    type: Literal["log_source.resumed"] = "log_source.resumed"


class LogSourceRemoved(LogSourceEvent):
    """A source ended for good."""

    type: Literal["log_source.removed"] = "log_source.removed"
    reason: Reason | None = None


AnyLogSourceEvent = Annotated[
    LogSourceAdded | LogSourceChanged | LogSourcePaused | LogSourceResumed | LogSourceRemoved,
    Field(discriminator="type"),
]
LOG_SOURCE_EVENT: TypeAdapter[AnyLogSourceEvent] = TypeAdapter(AnyLogSourceEvent, config=LATE)
