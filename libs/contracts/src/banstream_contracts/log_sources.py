"""The words of the log feed as they travel: where the admin logs of a game server are, and how they are read."""

import json
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from banstream_contracts.infractions import Actor, Contract
from banstream_contracts.text import Name, ShortId, control_character

SERVICE = "dayz-feed"
RULES_LIMIT_BYTES = 32_768


class LogSourceKind(StrEnum):
    """How the logs are fetched. `ftps` is AUTH TLS on the usual port, `ftps-implicit` TLS from the first byte."""

    FTP = "ftp"
    FTPS = "ftps"
    FTPS_IMPLICIT = "ftps-implicit"
    SFTP = "sftp"
    LOCAL = "local"


class LogSourceStatus(StrEnum):
    """Whether an admin lets it be read."""

    ACTIVE = "active"
    PAUSED = "paused"


def _without_control_characters(text: str) -> str:
    if control_character(text) is not None:
        raise ValueError("holds a control character")
    return text


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{name[:64]!r} is no time zone; write Europe/Berlin, for example") from error
    return name


def _checked_rules(rules: dict[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(rules, ensure_ascii=True, allow_nan=False)
    except (ValueError, RecursionError):
        raise ValueError("rules hold what no JSON can") from None
    if len(text) > RULES_LIMIT_BYTES:
        raise ValueError(f"rules take {len(text)} bytes; the limit is {RULES_LIMIT_BYTES}")
    return rules


_clean = AfterValidator(_without_control_characters)

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$")]
"""A name or an address, without scheme and port."""

Port = Annotated[int, Field(ge=1, le=65_535, strict=True)]
User = Annotated[str, StringConstraints(min_length=1, max_length=128), _clean]
Folder = Annotated[str, StringConstraints(min_length=1, max_length=512), _clean]
"""On the host; of `local` ones below the folder that the service's operator allows."""

TimeZone = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_known_zone)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
PollSeconds = Annotated[int, Field(ge=1, le=3600, strict=True)]
LookBackSeconds = Annotated[int, Field(ge=60, le=7 * 86_400, strict=True)]
Rules = Annotated[dict[str, Any], AfterValidator(_checked_rules)]
"""A rules file of the feed as JSON; the feed checks it."""

DEFAULT_POLL_SECONDS = 60
DEFAULT_LOOK_BACK_SECONDS = 1800


class Login(Contract):
    """Where logs are and who fetches them, without what proves it.

    `fingerprint` is that of an SFTP server's key. `checks_certificate` is of FTPS. Without a port it is the usual one.
    """

    kind: LogSourceKind
    host: Host | None = None
    port: Port | None = None
    user: User | None = None
    folder: Folder
    fingerprint: Fingerprint | None = None
    checks_certificate: bool = True


class LogSource(Contract):
    """A folder with the admin logs of one game server, without what opens it.

    `time_zone` is that of the server's clock. Lines that are older than `look_back_seconds` when they are first seen
    never act. `version` counts the events of the source.
    """

    id: ShortId
    name: Name
    server_id: ShortId
    login: Login
    time_zone: TimeZone
    poll_seconds: PollSeconds = DEFAULT_POLL_SECONDS
    look_back_seconds: LookBackSeconds = DEFAULT_LOOK_BACK_SECONDS
    rules: Rules = Field(default_factory=dict)
    status: LogSourceStatus = LogSourceStatus.ACTIVE
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int = 1
