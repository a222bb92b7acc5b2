"""Passwords: argon2id hashes, sealed with a key that only consoles have, worked out a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag

from banstream_console.problems.exceptions import TooMany
from banstream_contracts.accounts import AccountEntry
from banstream_privacy.sharing import opened, share

Made = TypeVar("Made")

SHORTEST, LONGEST = 12, 256
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$HlqaJItbAdbllM+cpMQtTg$UmHP/GXZe9S5Fg7ggRtDO/S3M+X7MYtSrRD7jyAF1fU"
"""Compared with where there is nobody, by the same parameters: that takes as long."""
_AT_ONCE = 2
_MOST_WAITING = 32
_BUSY_SECONDS = 5


class Passwords:
    """Hashes by RFC 9106's second choice of parameters: 64 MiB each, `_AT_ONCE` of them at a time."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._hasher = PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, "argon2")
        self._waiting = 0

    async def sealed(self, account_id: str, password: str) -> str:
        """What is kept of a new password. Raises TooMany."""
        hashed = await self._later(password, self._hash)
        return share(self._key, _about(account_id), hashed)

    async def match(self, account: AccountEntry | None, password: str) -> bool:
        """Whether a password is that of somebody who may sign in; of nobody it takes as long to say no.

        Raises TooMany where many wait already.
        """
        known = self._opened(account) if account is not None and account.may_sign_in else None
        is_right = await self._later(password, lambda text: self._verify(known or NOBODYS, text))
        return is_right and known is not None

    def close(self) -> None:
        """At the end of the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _later(self, password: str, work: Callable[[str], Made]) -> Made:
        if self._waiting >= _MOST_WAITING:
            raise TooMany("too many sign in at once", _BUSY_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, normalize("NFC", password))
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _opened(self, account: AccountEntry) -> str | None:
        try:
            return opened(self._key, _about(account.id), account.password or "")
        except (InvalidTag, ValueError):
            return None


def _about(account_id: str) -> str:
    return f"password {account_id}"
