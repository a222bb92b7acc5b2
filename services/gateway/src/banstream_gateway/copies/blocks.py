"""What a copy is made of: blocks of entries, each signed together with all that is before it. Pure."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

DIGEST_BYTES = 32
LENGTH_BYTES = 4
LARGEST_BYTES = 1 << 28
"""Of one block; whoever reads a length beyond that reads something else."""

UNFINISHED = 0.0

_FORMAT = 1


class Block(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Entries by KV key, None for one that is gone, and words behind those of earlier blocks that they are read with.

    `as_of`: the Unix time at which all blocks so far are what the bucket held, at a position of the log; UNFINISHED
    where they need the next one.
    """

    as_of: float
    position: int
    words: Sequence[str]
    entries: Mapping[str, bytes | None]


class Head(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The beginning of a block, which says whether a copy may end with it."""

    as_of: float
    position: int


write = msgspec.msgpack.Encoder().encode
"""A block as bytes."""

read = msgspec.msgpack.Decoder(Block).decode
"""A block from its bytes. Raises msgspec.DecodeError, which is a ValueError."""

read_head = msgspec.msgpack.Decoder(Head).decode
"""The same for its beginning."""


def first_line(bucket: str) -> bytes:
    """What the copy of a bucket begins with."""
    return f"banstream copy of {bucket}, format {_FORMAT}\n".encode()


def key_of(address_key: bytes) -> bytes:
    """What copies are signed with, by an installation's address key: no other's copy is taken."""
    return hmac.digest(address_key, b"copy\n", sha256)


class Chain:
    """Signs blocks one after the other: none can be left out, changed or put elsewhere."""

    def __init__(self, key: bytes, first: bytes) -> None:
        self._key = key
        self._last = first

    def signed(self, block: bytes) -> bytes:
        """A block as it is written to a copy."""
        self._last = self._next(block)
        return len(block).to_bytes(LENGTH_BYTES) + block + self._last

    def holds(self, block: bytes, digest: bytes) -> bool:
        """Whether a block follows what came before."""
        self._last = self._next(block)
        return hmac.compare_digest(self._last, digest)

    def _next(self, block: bytes) -> bytes:
        return hmac.digest(self._key, self._last + block, sha256)
