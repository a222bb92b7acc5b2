"""Personal data at rest: one AES-256-GCM key per person, wrapped by the master key.

Deleting a person's wrapped key makes every sealed value of theirs unreadable, in the log and in its backups,
while the log and its hash chain stay whole.
"""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_privacy.encoding import decoded, encoded
from banstream_privacy.key_ring import first_that_opens

_NONCE_BYTES = 12


def new_person_key() -> bytes:
    """A key for one person."""
    return AESGCM.generate_key(bit_length=256)


def wrap(master_key: bytes, person: str, person_key: bytes) -> bytes:
    """Encrypt a person's key; it opens for that person only."""
    return _encrypt(_wrapping_key(master_key), person_key, person)


def unwrap(master_key: bytes, person: str, wrapped: bytes) -> bytes:
    """Undo `wrap`; raises cryptography's InvalidTag where master key or person differ."""
    return first_that_opens(master_key, lambda key: _decrypt(_wrapping_key(key), wrapped, person))


def opens(master_key: bytes, person: str, wrapped: bytes) -> bool:
    """Whether `unwrap` does."""
    try:
        unwrap(master_key, person, wrapped)
    except InvalidTag:
        return False
    return True


def lock(person_key: bytes, person: str, text: str) -> str:
    """Seal one value of a person for the log."""
    return encoded(_encrypt(person_key, text.encode(), person))


def lock_each(values: Sequence[tuple[bytes, str, bytes]]) -> list[str]:
    """The same of many at once: person's key, person and text. What is random is drawn once for all of them."""
    drawn = secrets.token_bytes(_NONCE_BYTES * len(values))
    return [
        encoded(_encrypted(key, value, person, drawn[start : start + _NONCE_BYTES]))
        for start, (key, person, value) in zip(range(0, len(drawn), _NONCE_BYTES), values, strict=True)
    ]


def unlock(person_key: bytes, person: str, locked: str) -> str:
    """Undo `lock`; raises cryptography's InvalidTag where the key or the person differ."""
    value = decoded(locked)
    return first_that_opens(person_key, lambda key: _decrypt(key, value, person)).decode()


def _encrypt(key: bytes, value: bytes, person: str) -> bytes:
    return _encrypted(key, value, person, secrets.token_bytes(_NONCE_BYTES))


def _encrypted(key: bytes, value: bytes, person: str, nonce: bytes) -> bytes:
    return nonce + AESGCM(key).encrypt(nonce, value, person.encode())


def _decrypt(key: bytes, value: bytes, person: str) -> bytes:
    if len(value) < _NONCE_BYTES:
        raise InvalidTag("it is cut short")
    return AESGCM(key).decrypt(value[:_NONCE_BYTES], value[_NONCE_BYTES:], person.encode())


def _wrapping_key(master_key: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"banstream person keys").derive(master_key)
