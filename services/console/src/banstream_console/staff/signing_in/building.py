"""Putting together what signing in needs."""

from datetime import UTC, datetime

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_console.access.staff import Staff
from banstream_console.staff.signing_in.attempts import Attempts
from banstream_console.staff.signing_in.passwords import Passwords
from banstream_console.staff.signing_in.second_factor import Secrets
from banstream_console.staff.signing_in.signing import SIGNING, Signing


def prepare(app: web.Application, key: bytes | None, staff: Staff) -> None:
    """Without a key nobody signs in, and the form says so."""
    if key is None:
        app[SIGNING] = None
        return
    passwords = Passwords(key)
    app[SIGNING] = Signing(
        staff=staff,
        attempts=Attempts(staff.bus, _derived(key, b"banstream sign-in attempts")),
        passwords=passwords,
        secrets=Secrets(key),
        link_key=_derived(key, b"banstream invitation links"),
        now=lambda: datetime.now(UTC),
    )

    async def close(_app: web.Application) -> None:
        passwords.close()

    app.on_cleanup.append(close)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key)
