"""Where an FTP server is and how it is spoken to."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from banstream_remote_files.ports import MAX_READ_BYTES


class Tls(StrEnum):
    """How the connection is protected: not, by AUTH TLS on the usual port, or from the first byte (port 990)."""

    NONE = "none"
    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class FtpPlace:
    """An FTP server and an account there.

    The server's certificate is checked against `authorities` (a file in PEM form) or the system's; turning
    `checks_certificate` off gives the password to whoever answers. `timeout_seconds` is for each single step.
    """

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 21
    tls: Tls = Tls.EXPLICIT
    authorities: str | None = None
    checks_certificate: bool = True
    timeout_seconds: float = 30.0
    encoding: str = "utf-8"
    max_read_bytes: int = MAX_READ_BYTES


def tls_context(place: FtpPlace) -> ssl.SSLContext:
    """The rules by which the server's certificate is checked. Raises OSError when `authorities` cannot be read."""
    context = ssl.create_default_context(cafile=place.authorities)
    if not place.checks_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
