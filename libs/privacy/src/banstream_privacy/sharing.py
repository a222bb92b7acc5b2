"""Personal data that every gateway may read and nobody else: sealed with a key that is made of the master key.

The way back of `transit`: infractions seals, gateways open. Each value opens for the thing it was sealed for only.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from banstream_privacy.key_ring import each_of
from banstream_privacy.vault import lock, unlock


def ban_list_key(master_key: bytes) -> bytes:
    """The 32 bytes that gateways open with; derived, so that there is one secret to keep."""
    return _derived(master_key, b"banstream ban list")


def accounts_key(master_key: bytes) -> bytes:
    """The 32 bytes that consoles seal passwords and second factors with, for themselves."""
    return _derived(master_key, b"banstream accounts")


def consoles_key(accounts: bytes) -> bytes:
    """The 32 bytes that infractions and consoles seal with what passes between them, made of the accounts key."""
    return _derived(accounts, b"banstream consoles")


def share(key: bytes, about: str, text: str) -> str:
    """Seal text about one thing, such as an infraction."""
    return lock(key, about, text)


def opened(key: bytes, about: str, sealed: str) -> str:
    """Undo `share`; raises cryptography's InvalidTag where key or thing differ, ValueError for no sealed text."""
    return unlock(key, about, sealed)


def _derived(key: bytes, info: bytes) -> bytes:
    return each_of(key, lambda each: HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(each))
