"""Where a ban file is: what a place and its secret have to be. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from banstream_contracts.ban_files import BanFileFormat, BanFileKind, BanFilePlace
from banstream_ftp_sync.applying.nitrado import NitradoPlace
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.sftp import SftpPlace

_TLS = {BanFileKind.FTP: Tls.NONE, BanFileKind.FTPS: Tls.EXPLICIT, BanFileKind.FTPS_IMPLICIT: Tls.IMPLICIT}
_LINE_ENDS = frozenset("\r\n\0")
"""Neither a command of FTP nor a header of HTTP can hold them."""
_PORTS = {BanFileKind.FTP: 21, BanFileKind.FTPS: 21, BanFileKind.FTPS_IMPLICIT: 990, BanFileKind.SFTP: 22}


class InvalidPlace(ValueError):
    """The message says what is wrong, never with the secret."""


class Secret(BaseModel):
    """What opens a place; its fields never go into a log, an event or an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str | None = None
    private_key: str | None = None
    passphrase: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        """What may be shown."""
        return "Secret(…)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A file below a folder that the operator has allowed."""

    root: Path
    path: str


Opened = FtpPlace | SftpPlace | LocalPlace | NitradoPlace


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator has set for every place."""

    folders: Sequence[Path] = ()
    timeout_seconds: float = 30.0
    nitrado_url: str = field(default="")


def read_secret(text: str | None) -> Secret:
    """A secret as it was sealed. Raises InvalidPlace."""
    if text is None:
        return Secret()
    try:
        secret = Secret.model_validate(orjson.loads(text))
    except (ValidationError, ValueError):
        raise InvalidPlace("the secret is JSON with password, private_key and passphrase, or token") from None
    for name in ("password", "passphrase", "token"):
        if _LINE_ENDS.intersection(getattr(secret, name) or ""):
            raise InvalidPlace(f"the {name} holds a line end")
    return secret


def port_of(place: BanFilePlace) -> int:
    """The one that is named, or the usual one; 0 of what has none."""
    return place.port or _PORTS.get(place.kind, 0)


def checked(place: BanFilePlace, ban_format: BanFileFormat, secret: Secret, rules: Rules) -> None:
    """See that a place can be used. Raises InvalidPlace."""
    if (place.kind is BanFileKind.NITRADO) != (ban_format is BanFileFormat.NITRADO):
        raise InvalidPlace("the format nitrado is that of the place nitrado, and the other way round")
    opened(place, secret, rules)


def opened(place: BanFilePlace, secret: Secret, rules: Rules) -> Opened:
    """A place with what opens it. Raises InvalidPlace."""
    seconds = rules.timeout_seconds
    match place.kind:
        case BanFileKind.LOCAL:
            return _local(place, rules)
        case BanFileKind.NITRADO:
            if not secret.token:
                raise InvalidPlace("nitrado needs a token")
            return NitradoPlace(place.service_id or 0, secret.token, rules.nitrado_url, seconds)
        case BanFileKind.SFTP:
            if not secret.password and not secret.private_key:
                raise InvalidPlace("sftp needs a password or a private key")
            return SftpPlace(
                place.host or "",
                place.user or "",
                secret.password,
                secret.private_key,
                secret.passphrase,
                fingerprint=place.fingerprint,
                port=port_of(place),
                timeout_seconds=seconds,
            )
        case _:
            if secret.password is None:
                raise InvalidPlace(f"{place.kind} needs a password")
            return FtpPlace(
                place.host or "",
                place.user or "",
                secret.password,
                port_of(place),
                _TLS[place.kind],
                checks_certificate=place.checks_certificate,
                timeout_seconds=seconds,
            )


def identity(place: BanFilePlace) -> str:
    """The same for the same file, however it is reached: two ban files may not share it.

    The usual ports of a host lead to the same files, another one to a container with files of its own.
    """
    if place.kind is BanFileKind.NITRADO:
        return f"nitrado:{place.service_id}"
    if place.kind is BanFileKind.LOCAL:
        return f"local:{_normal(place.path or '')}"
    port = port_of(place)
    is_usual = port == _PORTS[place.kind]
    return f"{_host(place)}{'' if is_usual else f'/{port}'}:{place.user}:{_normal(place.path or '').lstrip('/')}"


def is_of(stored: str | None, place: BanFilePlace) -> bool:
    """Whether a stored identity is that of a place; earlier releases left the port out."""
    return stored in {identity(place), identity(place.model_copy(update={"port": None}))}


def _host(place: BanFilePlace) -> str:
    return (place.host or "").lower().rstrip(".")


def _normal(path: str) -> str:
    """Without empty parts and dots; `..` stays, as only the server knows what it means."""
    return str(PurePosixPath(path))


def _local(place: BanFilePlace, rules: Rules) -> LocalPlace:
    path = Path(place.path or "")
    if not path.is_absolute() or ".." in path.parts:
        raise InvalidPlace("a local path begins with / and has no ..")
    for root in rules.folders:
        if path != root and path.is_relative_to(root):
            return LocalPlace(root, str(path.relative_to(root)))
    raise InvalidPlace("BANSTREAM_FTP_SYNC_FOLDERS names no folder that this path is in")
