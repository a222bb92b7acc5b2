"""Sealing for the way to infractions: whoever has the public key can seal, only infractions can open.

HPKE (RFC 9180), base mode, X25519 with HKDF-SHA256 and AES-256-GCM.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_privacy.encoding import decoded, encoded
from banstream_privacy.key_ring import first_that_opens

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"banstream personal data in transit"


def sealing_public_key(master_key: bytes) -> bytes:
    """The 32 bytes a gateway seals with; derived, so that there is one secret to keep."""
    return _private_key(master_key).public_key().public_bytes_raw()


def seal(public_key: bytes, text: str) -> str:
    """Seal text for the holder of the master key."""
    return encoded(_SUITE.encrypt(text.encode(), X25519PublicKey.from_public_bytes(public_key), info=_INFO))


def unseal(master_key: bytes, sealed: str) -> str:
    """Open what was sealed with the public key; raises cryptography's InvalidTag or ValueError."""
    value = decoded(sealed)
    return first_that_opens(master_key, lambda key: _SUITE.decrypt(value, _private_key(key), info=_INFO)).decode()


def _private_key(master_key: bytes) -> X25519PrivateKey:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_INFO).derive(master_key)
    return X25519PrivateKey.from_private_bytes(derived)
