"""Who sends interactions: Discord signs the timestamp and the raw body with Ed25519."""

from collections.abc import Mapping

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from banstream_gateway.problems import Problem

SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
FRESH_SECONDS = 300
"""What was signed earlier than so long ago, or so far ahead, is refused: it may be a copy."""

_SIGNATURE_LENGTH = 128
_LONGEST_TIMESTAMP = 12


class BadSignature(Problem):
    """Missing, wrong, old or of another application: the answer never tells which."""

    status, slug, title = 401, "bad-signature", "The request is not signed by Discord"


class Signatures:
    """Those of one application, by its public key. Raises ValueError for what is no key."""

    def __init__(self, public_key: bytes) -> None:
        self._key = VerifyKey(public_key)

    def require(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Raises BadSignature. `now` is the time in seconds since 1970."""
        timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= _LONGEST_TIMESTAMP):
            raise BadSignature
        if len(signature) != _SIGNATURE_LENGTH:
            raise BadSignature
        try:
            self._key.verify(timestamp.encode() + body, bytes.fromhex(signature))
        except (BadSignatureError, ValueError):
            raise BadSignature from None
        if abs(now - int(timestamp)) > FRESH_SECONDS:
            raise BadSignature
