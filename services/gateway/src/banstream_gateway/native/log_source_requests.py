"""What clients send about sources of DayZ logs."""

from typing import Annotated, Literal

from pydantic import Field

from banstream_contracts.log_sources import (
    DEFAULT_LOOK_BACK_SECONDS,
    DEFAULT_POLL_SECONDS,
    Fingerprint,
    Folder,
    Host,
    LogSourceKind,
    LookBackSeconds,
    PollSeconds,
    Port,
    Rules,
    TimeZone,
    User,
)
from banstream_contracts.text import Name, Reason, ShortId
from banstream_gateway.request_forms import ChangeRequest, Request
from banstream_gateway.requests import PlaceQuery

Secret = Annotated[str, Field(min_length=1, max_length=2800)]
"""A password, or a private key of SFTP; a longer one does not fit into a command."""


class LoginRequest(Request):
    """Where the logs are and who fetches them."""

    kind: LogSourceKind
    host: Host | None = None
    port: Port | None = None
    user: User | None = None
    folder: Folder
    fingerprint: Fingerprint | None = None
    """Of an SFTP server's key: `SHA256:…`, as `ssh-keygen -lf` prints it."""
    checks_certificate: bool = True
    """Of FTPS; without it the password is given to whoever answers."""


class LogSourceRequest(Request):
    """The logs of one game server. The secret is sealed at once and never shown again."""

    name: Name
    server_id: ShortId
    login: LoginRequest
    secret: Secret | None = Field(default=None, repr=False)
    time_zone: TimeZone
    """Of the game server's clock: Europe/Berlin, for example."""
    poll_seconds: PollSeconds = DEFAULT_POLL_SECONDS
    look_back_seconds: LookBackSeconds = DEFAULT_LOOK_BACK_SECONDS
    """Lines that are older when they are first seen are recorded and never act."""
    rules: Rules = Field(default_factory=dict)
    """A rules file of `banstream dayz replay --rules`, as JSON."""


class LogSourceChangeRequest(ChangeRequest):
    """What to change; what is not sent stays. `login` and `rules` are replaced whole."""

    name: Name | None = None
    server_id: ShortId | None = None
    login: LoginRequest | None = None
    secret: Secret | None = Field(default=None, repr=False)
    time_zone: TimeZone | None = None
    poll_seconds: PollSeconds | None = None
    look_back_seconds: LookBackSeconds | None = None
    rules: Rules | None = None


class LogSourceReasonRequest(Request):
    """Why; the body may be left out."""

    reason: Reason | None = None


class FindingQuery(PlaceQuery):
    """Which findings."""

    status: Literal["pending", "sent", "recorded", "refused", "nobody"] | None = None
