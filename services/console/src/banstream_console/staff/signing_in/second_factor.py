"""The second factor: codes of an app by time (RFC 6238), and recovery codes for who has lost it."""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from markupsafe import Markup

from banstream_contracts.accounts import AccountEntry
from banstream_privacy.sharing import opened, share

STEP_SECONDS = 30
_SECRET_BYTES = 20
_STEPS_AROUND = (-1, 0, 1)
"""A clock may be half a minute off."""
_RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


class Secrets:
    """Secrets of apps, sealed with the key that only consoles have."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sealed(self, account_id: str, secret: str) -> str:
        """For the account."""
        return share(self._key, _about(account_id), secret)

    def of(self, account: AccountEntry) -> str | None:
        """The secret of an account that has one and that this key opens."""
        return self.opened(_about(account.id), account.totp or "")

    def draft(self, session_key: str, secret: str) -> str:
        """One that is not confirmed yet: it goes to the browser and comes back, good for the session only."""
        return share(self._key, _draft(session_key), secret)

    def drafted(self, session_key: str, sealed: str) -> str | None:
        """The secret of a draft; None of a forged one."""
        return self.opened(_draft(session_key), sealed)

    def opened(self, about: str, sealed: str) -> str | None:
        """What was sealed about something; None where it was not."""
        try:
            return opened(self._key, about, sealed)
        except (InvalidTag, ValueError):
            return None


def new_secret() -> str:
    """160 bits in base32, as apps read it."""
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code it is, around now; None of a wrong one."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    present, codes = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret)
    steps = (present + around for around in _STEPS_AROUND)
    found = [step for step in steps if hmac.compare_digest(codes.generate_otp(step), digits)]
    return found[-1] if found else None


def address_of(secret: str, login: str, issuer: str) -> str:
    """The `otpauth:` address that apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def picture_of(address: str) -> Markup:
    """Its QR code as SVG, to stand in a page."""
    code = segno.make(address, error="m")
    return Markup(code.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=False))  # noqa: S704 - made of squares


def new_recovery_codes() -> tuple[list[str], tuple[str, ...]]:
    """Codes as people keep them, and what is kept of them: 80 random bits each need no slow hash."""
    codes = [secrets.token_hex(_RECOVERY_BYTES) for _ in range(_RECOVERY_CODES)]
    return ["-".join(code[start : start + 5] for start in range(0, 20, 5)) for code in codes], tuple(map(hashed, codes))


def hashed(code: str) -> str:
    """SHA-256 of a recovery code, however it was written."""
    return sha256("".join(code.lower().replace("-", " ").split()).encode()).hexdigest()


def _about(account_id: str) -> str:
    return f"totp {account_id}"


def _draft(session_key: str) -> str:
    return f"totp draft {session_key}"
