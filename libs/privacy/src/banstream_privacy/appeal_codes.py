"""One-time codes of appeals: worked out of a key and the infraction, so that nothing is kept and all can show them.

Ten characters of Crockford's base32 (https://www.crockford.com/base32.html) are 50 bits.
"""

import hmac
from base64 import b32encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_privacy.key_ring import each_of, keys_of

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_BYTES = 10
"""As many as base32 takes without padding."""
_LENGTH = 10
_HALF = _LENGTH // 2
_AS_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def appeal_key(master_key: bytes) -> bytes:
    """The 32 bytes that codes are made with; derived, so that there is one secret to keep."""
    return each_of(master_key, _appeal_key)


def appeal_code(key: bytes, infraction_id: str, renewals: int = 0) -> str:
    """The code of an infraction after so many renewals, such as `7Q2MX-K9D0T`."""
    code = _characters(key, infraction_id, renewals)
    return f"{code[:_HALF]}-{code[_HALF:]}"


def is_appeal_code(key: bytes, infraction_id: str, renewals: int, typed: str) -> bool:
    """Whether somebody typed the code: small letters, dashes, blanks, and O, I, L for digits are taken.

    Takes the same time however much of it is right.
    """
    meant = typed.upper().translate(_AS_TYPED)
    typed_bytes = meant.encode("utf-8", "replace")
    codes = [_characters(each, infraction_id, renewals).encode() for each in keys_of(key)]
    return sum(hmac.compare_digest(code, typed_bytes) for code in codes) > 0


def _appeal_key(master_key: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"banstream appeal codes").derive(master_key)


def _characters(key: bytes, infraction_id: str, renewals: int) -> str:
    digest = hmac.digest(key, f"{infraction_id} {renewals}".encode(), "sha256")
    return b32encode(digest[:_BYTES])[:_LENGTH].translate(_CROCKFORD).decode()
