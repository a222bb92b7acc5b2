"""The words of ftp-sync as they travel: ban files of game servers, which bans go in them, where they are."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from banstream_contracts.infractions import Actor, Contract, Scope
from banstream_contracts.text import Name, ShortId, control_character

SERVICE = "ftp-sync"

SealedSecret = Annotated[str, StringConstraints(max_length=16_384, pattern=r"^[A-Za-z0-9_-]+$")]
"""As `Sealed`, with room for a private key."""

Fingerprint = Annotated[str, StringConstraints(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
"""Of the public key of an SSH server, as `ssh-keygen -lf` shows it."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class BanFileKind(StrEnum):
    """How a ban file is reached. `nitrado` is the field of Nitrado's API, no file."""

    FTP = "ftp"
    FTPS = "ftps"
    FTPS_IMPLICIT = "ftps_implicit"
    SFTP = "sftp"
    LOCAL = "local"
    NITRADO = "nitrado"


class BanFileFormat(StrEnum):
    """How a game writes bans down."""

    DAYZ = "dayz"
    NITRADO = "nitrado"
    SOURCE_USERS = "source-users"
    SOURCE_ADDRESSES = "source-addresses"
    MINECRAFT_PLAYERS = "minecraft-players"
    MINECRAFT_ADDRESSES = "minecraft-addresses"
    RUST = "rust"
    ARK_EVOLVED = "ark-evolved"
    ARK_ASCENDED = "ark-ascended"
    PALWORLD = "palworld"
    SQUAD = "squad"
    BATTLEYE = "battleye"


class BanFileStatus(StrEnum):
    """A paused one is left as it is until it is resumed."""

    ACTIVE = "active"
    PAUSED = "paused"


class BanFilePlace(Contract):
    """Where a ban file is.

    Files have a `path`; FTP and SFTP a `host` and a `user`, and a `port` unless it is the usual one. `service_id` is
    the number of a game server at Nitrado. `fingerprint` is that of an SFTP server's key: without it the first key
    that is met is taken and kept. `checks_certificate` off gives the password to whoever answers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: BanFileKind
    host: _Text | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    user: _Text | None = None
    path: Annotated[str, StringConstraints(min_length=1, max_length=1024)] | None = None
    service_id: Annotated[int, Field(ge=1)] | None = None
    fingerprint: Fingerprint | None = None
    checks_certificate: bool = True

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for field in ("host", "user", "path"):
            value = getattr(self, field)
            if value is not None and control_character(value) is not None:
                raise ValueError(f"{field} holds a control character")
        is_remote = self.kind not in {BanFileKind.LOCAL, BanFileKind.NITRADO}
        self._needs("host", is_needed=is_remote)
        self._needs("user", is_needed=is_remote)
        self._needs("path", is_needed=self.kind is not BanFileKind.NITRADO)
        self._needs("service_id", is_needed=self.kind is BanFileKind.NITRADO)
        if self.port is not None and not is_remote:
            raise ValueError(f"port is not of {self.kind}")
        if self.fingerprint is not None and self.kind is not BanFileKind.SFTP:
            raise ValueError("fingerprint is of sftp")
        return self

    def _needs(self, field: str, *, is_needed: bool) -> None:
        if (getattr(self, field) is not None) != is_needed:
            raise ValueError(f"{self.kind} {'needs' if is_needed else 'has no'} {field}")


class BanFileFilters(Contract):
    """Which bans go in a file.

    `servers` are those that read it: their own bans (scope `server`) go in it, nobody else's. `scopes` empty means all.
    `include_other_servers` off leaves out global bans that other servers issued, as in a check.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    servers: Annotated[tuple[ShortId, ...], Field(max_length=200)] = ()
    scopes: tuple[Scope, ...] = ()
    include_other_servers: bool = True

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for field in ("servers", "scopes"):
            values = getattr(self, field)
            if len(values) != len(set(values)):
                raise ValueError(f"{field} names something twice")
        return self


class BanFilePolicy(Contract):
    """What may be done to a file: make a missing one, and put lines right that somebody changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    may_create: bool = False
    repairs_drift: bool = True


class BanFile(Contract):
    """A ban file that is kept in step with the bans, without the secrets that open it.

    `version` counts its events.
    """

    id: ShortId
    name: Name
    format: BanFileFormat
    place: BanFilePlace
    filters: BanFileFilters = BanFileFilters()
    policy: BanFilePolicy = BanFilePolicy()
    status: BanFileStatus = BanFileStatus.ACTIVE
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int = 1
