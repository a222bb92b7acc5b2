"""Personal data at rest: one AES-256-GCM key per person, wrapped by the master key.

Deleting a person's wrapped key makes every sealed value of theirs unreadable, in the log and in its backups,
while the log and its hash chain stay whole.

A wrapped key may be several, one behind the other: where one is damaged, or of a master key that is away, a new one is
put in front. The first that opens locks, and all that open do so for what was locked with them.
"""

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_privacy.encoding import decoded, encoded
from banstream_privacy.key_ring import KEY_BYTES, KeyRing, first_that_opens, keys_of

_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
"""Of one wrapped key."""


def new_person_key() -> bytes:
    """A key for one person."""
    return AESGCM.generate_key(bit_length=256)


def wrap(master_key: bytes, person: str, person_key: bytes) -> bytes:
    """Encrypt a person's key; it opens for that person only."""
    return _encrypt(_wrapping_key(master_key), person_key, person)


def unwrap(master_key: bytes, person: str, wrapped: bytes) -> bytes:
    """Undo `wrap`, of several keys the ring of those that open.

    Raises cryptography's InvalidTag where none does: the master key or the person differ.
    """
    first, *others = [key for each in _each(wrapped) if (key := _one_unwrapped(master_key, person, each))] or [b""]
    if not first:
        raise InvalidTag("none of the keys that are held opens it")
    return KeyRing(first, *others) if others else first


def unwrapped(master_key: bytes, person: str, wrapped: bytes) -> bytes | None:
    """The same, None where none opens."""
    try:
        return unwrap(master_key, person, wrapped)
    except InvalidTag:
        return None


def opens(master_key: bytes, person: str, wrapped: bytes) -> bool:
    """Whether a master key opens all that there is."""
    return bool(wrapped) and all(_one_unwrapped(master_key, person, each) for each in _each(wrapped))


def rewrapped(master_key: bytes, person: str, wrapped: bytes) -> bytes:
    """The same, wrapped with the first of several master keys; what none of them opens is left as it is."""
    return b"".join(_one_rewrapped(master_key, person, each) for each in _each(wrapped))


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


def _each(wrapped: bytes) -> list[bytes]:
    return [wrapped[begin : begin + _WRAPPED_BYTES] for begin in range(0, len(wrapped), _WRAPPED_BYTES)]


def _one_unwrapped(master_key: bytes, person: str, wrapped: bytes) -> bytes | None:
    try:
        return first_that_opens(master_key, lambda key: _decrypt(_wrapping_key(key), wrapped, person))
    except InvalidTag:
        return None


def _one_rewrapped(master_key: bytes, person: str, wrapped: bytes) -> bytes:
    first = keys_of(master_key)[0]
    key = None if _one_unwrapped(first, person, wrapped) else _one_unwrapped(master_key, person, wrapped)
    return wrap(first, person, key) if key else wrapped


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
