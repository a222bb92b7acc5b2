"""base64url without padding, the form of every sealed value."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encoded(value: bytes) -> str:
    """Bytes as text."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Text as bytes; raises ValueError for anything else."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
