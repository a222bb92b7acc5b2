"""Keys that take turns: the first is used, those behind it still open and match (ADR 0024)."""

from collections.abc import Callable
from typing import Self, TypeVar

from cryptography.exceptions import InvalidTag

Made = TypeVar("Made")

KEY_BYTES = 32
MOST = 4


class KeyRing(bytes):
    """The key that is used, with others behind it. Whoever knows nothing of rings uses the first."""

    others: tuple[bytes, ...]

    def __new__(cls, first: bytes, *others: bytes) -> Self:
        """A ring of at least one key."""
        ring = super().__new__(cls, first)
        ring.others = tuple(map(bytes, others))
        return ring

    def __repr__(self) -> str:
        """Never with what it holds."""
        return f"KeyRing of {1 + len(self.others)}"


def keys_of(key: bytes) -> tuple[bytes, ...]:
    """Every key of a ring, the one that is used first; a key that is no ring is the only one."""
    return (bytes(key), *(key.others if isinstance(key, KeyRing) else ()))


def each_of(key: bytes, derive: Callable[[bytes], bytes]) -> bytes:
    """The ring of what is derived from every key."""
    first, *others = map(derive, keys_of(key))
    return KeyRing(first, *others) if others else first


def first_that_opens(key: bytes, attempt: Callable[[bytes], Made]) -> Made:
    """What the first key that fits opens; raises cryptography's InvalidTag where none does."""
    for each in keys_of(key):
        try:
            return attempt(each)
        except InvalidTag:
            continue
    raise InvalidTag("none of the keys that are held opens it")


def read_keys(text: str) -> bytes:
    """A key in hex, or several with commas between them. Raises ValueError, never with what was written."""
    keys = [bytes.fromhex(each.strip()) for each in text.strip().split(",")]
    if any(len(each) != KEY_BYTES for each in keys) or len(set(keys)) != len(keys) or len(keys) > MOST:
        raise ValueError(f"{KEY_BYTES * 2} hex digits, or up to {MOST} different keys with commas between them")
    return KeyRing(*keys) if len(keys) > 1 else keys[0]


def written_keys(key: bytes) -> str:
    """Undo `read_keys`."""
    return ",".join(each.hex() for each in keys_of(key))
