"""New ids: time-ordered, so that indexes stay dense and people can sort them."""

import secrets
import string
import time
from hashlib import sha256
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

SERVER_KEY_PREFIX = "bsk"
TOKEN_PREFIX = "bst"  # noqa: S105 - a prefix, no secret

_ALPHANUMERIC = string.ascii_letters + string.digits
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


def new_secret(prefix: str) -> str:
    """A secret of 48 random letters and digits; the prefix lets leak scanners know it.

    Alphanumeric and short, since real clients keep keys in char[256] and check `[A-Za-z0-9]+` (facts gflbans 0.6).
    """
    return prefix + "".join(secrets.choice(_ALPHANUMERIC) for _ in range(48))


def secret_hash(secret: str) -> str:
    """How a secret is stored and looked up; 285 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()
