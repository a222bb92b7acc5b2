"""From a source's login to an open connection."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag

from banstream_contracts.log_sources import Login, LogSourceKind
from banstream_dayz_feed.record import Record
from banstream_privacy.key_ring import keys_of
from banstream_privacy.transit import unseal
from banstream_remote_files.ftp import ftp_files
from banstream_remote_files.ftp_place import FtpPlace, Tls
from banstream_remote_files.local import local_files
from banstream_remote_files.ports import RemoteFiles
from banstream_remote_files.sftp import SftpPlace, sftp_files

_TLS = {
    LogSourceKind.FTP: Tls.NONE,
    LogSourceKind.FTPS: Tls.EXPLICIT,
    LogSourceKind.FTPS_IMPLICIT: Tls.IMPLICIT,
}
_PORTS = {
    LogSourceKind.FTP: 21,
    LogSourceKind.FTPS: 21,
    LogSourceKind.FTPS_IMPLICIT: 990,
    LogSourceKind.SFTP: 22,
}
_PRIVATE_KEY = "-----BEGIN "


class InvalidLogin(ValueError):
    """What is wrong with a login, for admins; names no secret."""


def port_of(login: Login) -> int:
    """The one that is named, or the usual one; 0 of what has none."""
    return login.port or _PORTS.get(login.kind, 0)


def is_elsewhere(given: Login, before: Login) -> bool:
    """Whether the secret would be shown to somebody else than before: whoever may change a source may not learn it."""
    if given.kind is LogSourceKind.LOCAL:
        return False
    is_same = (given.kind, given.host, port_of(given)) == (before.kind, before.host, port_of(before))
    return not is_same or (before.checks_certificate and not given.checks_certificate)


@dataclass(frozen=True, slots=True)
class Places:
    """What the operator of the feed allows, and the key that opens secrets.

    `local_root` is the folder that local sources are below; without it there are none. `authorities` is a PEM file.
    """

    master_key: bytes
    local_root: Path | None = None
    authorities: str | None = None
    timeout_seconds: float = 20.0

    @property
    def address_key(self) -> bytes:
        """What hashes addresses of players in logs; of no use for anything else."""
        return sha256(b"banstream addresses in logs" + keys_of(self.master_key)[0]).digest()

    def connect(self, record: Record) -> AbstractAsyncContextManager[RemoteFiles]:
        """The files of a source. Raises InvalidLogin; and `RemoteFileError`s from then on."""
        login = record.source.login
        secret = self.checked(login, record.sealed_secret)
        match login.kind:
            case LogSourceKind.LOCAL:
                return local_files(self.local_root or Path())
            case LogSourceKind.SFTP:
                return sftp_files(self._sftp(login, secret))
            case _:
                return ftp_files(self._ftp(login, secret))

    def checked(self, login: Login, sealed_secret: str | None) -> str:
        """The secret of a login that may be used. Raises InvalidLogin."""
        if login.kind is LogSourceKind.LOCAL:
            if self.local_root is None:
                raise InvalidLogin("local folders are off: set BANSTREAM_DAYZ_FEED_LOCAL_ROOT")
            return ""
        if login.host is None or login.user is None:
            raise InvalidLogin(f"{login.kind.value} needs a host and a user")
        if sealed_secret is None:
            raise InvalidLogin(f"{login.kind.value} needs a secret")
        if login.kind is LogSourceKind.SFTP and login.fingerprint is None:
            raise InvalidLogin("sftp needs the fingerprint of the server's key (SHA256:…)")
        try:
            secret = unseal(self.master_key, sealed_secret)
        except (InvalidTag, ValueError):
            raise InvalidLogin("the secret was sealed for another key of the feed") from None
        is_key = login.kind is LogSourceKind.SFTP and secret.startswith(_PRIVATE_KEY)
        if not is_key and any(not each.isprintable() for each in secret):
            raise InvalidLogin("the secret holds a control character")
        return secret

    def _ftp(self, login: Login, secret: str) -> FtpPlace:
        return FtpPlace(
            login.host or "",
            login.user or "",
            secret,
            port_of(login),
            _TLS[login.kind],
            authorities=self.authorities,
            checks_certificate=login.checks_certificate,
            timeout_seconds=self.timeout_seconds,
        )

    def _sftp(self, login: Login, secret: str) -> SftpPlace:
        is_key = secret.startswith(_PRIVATE_KEY)
        return SftpPlace(
            login.host or "",
            login.user or "",
            password=None if is_key else secret,
            private_key=secret if is_key else None,
            fingerprint=login.fingerprint,
            port=port_of(login),
            timeout_seconds=self.timeout_seconds,
        )
