"""New ids: time-ordered, so that indexes stay dense and people can sort them."""

import secrets
import time
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

_IDEMPOTENCY = UUID("6a1f4d5e-2b0c-5c43-9a55-0d6b1c2f7e10")


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562)."""
    return uuid7()


def new_short_id() -> str:
    """24 hex digits: 48 bits of milliseconds, then 48 random bits."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(6)}"


def idempotent_command_id(credential_id: str, key: str) -> UUID:
    """The command id of a client's Idempotency-Key: two clients may use the same key for different things."""
    return uuid5(_IDEMPOTENCY, f"{credential_id}\n{key}")
