"""Personal data in transit: sealed for infractions by its public key, matched by a keyed hash (invariant 8)."""

from typing import Annotated

from pydantic import Field

from banstream_contracts.infractions import Contract
from banstream_contracts.text import KeyHash

Sealed = Annotated[str, Field(max_length=4096, pattern=r"^[A-Za-z0-9_-]+$")]
"""base64url without padding of an HPKE message (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM)."""


class SealedAddress(Contract):
    """An IP address nobody but infractions can open, and the hash that everybody may compare."""

    hash: KeyHash
    sealed: Sealed
