"""Attempts to sign in, counted in a bucket by compare-and-set, so that every console sees those of the others."""

import asyncio
import hmac
import random
from collections.abc import Callable
from datetime import datetime

import orjson
from nats.aio.msg import Msg

from banstream_console.problems.exceptions import Away, TooMany
from banstream_console.staff.signing_in.lockout import BackOff, tried, wait_seconds
from banstream_contracts import streams, subjects
from banstream_contracts.accounts import SignInAttempts, account_id
from banstream_contracts.headers import EXPECTED_SUBJECT_SEQUENCE
from banstream_edge import errors
from banstream_edge.bus import Bus
from banstream_edge.client_address import household

_STREAM = f"KV_{streams.ATTEMPTS_BUCKET}"
_ASK_SECONDS = 2.0
_TRIES = 20
_LONGEST_PAUSE_SECONDS = 0.05
_AWAY = "nobody can sign in right now"
_BUSY_SECONDS = 2

Change = Callable[[SignInAttempts], SignInAttempts]


class Attempts:
    """The bucket `sign-in-attempts`. Addresses are in it by a keyed hash."""

    def __init__(self, bus: Bus, key: bytes) -> None:
        self._bus = bus
        self._key = key

    def of_name(self, login: str) -> str:
        """The key of a name, whether anybody has it or not."""
        return f"name.{account_id(login)}"

    def of_address(self, address: str) -> str:
        """The key of an address; one of IPv6 by its network, as anybody has very many of those."""
        return f"address.{hmac.digest(self._key, f'sign-in {household(address)}'.encode(), 'sha256').hex()}"

    async def begin(self, key: str, back_off: BackOff, now: datetime) -> SignInAttempts:
        """Count one more. Raises TooMany while nobody may try, Away."""

        def count(attempts: SignInAttempts) -> SignInAttempts:
            if seconds := wait_seconds(attempts, now):
                raise TooMany("too many attempts", seconds)
            return tried(attempts, back_off, now)

        return await self._change(key, count)

    async def take_back(self, key: str, attempt: SignInAttempts) -> None:
        """This one did not fail: it counts no more, and nobody waits because of it."""

        def less(attempts: SignInAttempts) -> SignInAttempts:
            began = attempts.locked_until == attempt.locked_until
            locked_until = None if began else attempts.locked_until
            return attempts.model_copy(update={"failures": max(0, attempts.failures - 1), "locked_until": locked_until})

        await self._change(key, less)

    async def succeed(self, key: str, totp_step: int | None = None) -> bool:
        """Forget those that failed; a code was taken of its time step. False where that step's was taken before."""
        is_fresh = True

        def clear(attempts: SignInAttempts) -> SignInAttempts:
            nonlocal is_fresh
            is_fresh = totp_step is None or attempts.totp_step is None or attempts.totp_step < totp_step
            if not is_fresh:
                return attempts
            return SignInAttempts(totp_step=attempts.totp_step if totp_step is None else totp_step)

        await self._change(key, clear)
        return is_fresh

    async def _change(self, key: str, change: Change) -> SignInAttempts:
        """Read, change, write where nobody has written since. Raises Away, TooMany where too many do so at once."""
        for _ in range(_TRIES):
            attempts, sequence = await self._read(key)
            changed = change(attempts)
            if changed == attempts or await self._write(key, changed, sequence):
                return changed
            await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311 - no secret
        raise TooMany("too many attempts at once", _BUSY_SECONDS)

    async def _read(self, key: str) -> tuple[SignInAttempts, str]:
        found = await self._ask(f"$JS.API.DIRECT.GET.{_STREAM}.{subjects.entry(streams.ATTEMPTS_BUCKET, key)}", b"", {})
        named = found.headers or {}
        if named.get("Status") == "404":
            return SignInAttempts(), "0"
        if "Status" in named:
            raise Away(_AWAY)
        if "KV-Operation" in named or "Nats-Marker-Reason" in named:
            return SignInAttempts(), named["Nats-Sequence"]
        return SignInAttempts.model_validate_json(found.data), named["Nats-Sequence"]

    async def _write(self, key: str, attempts: SignInAttempts, sequence: str) -> bool:
        body = attempts.model_dump_json(exclude_none=True).encode()
        entry = subjects.entry(streams.ATTEMPTS_BUCKET, key)
        reply = await self._ask(entry, body, {EXPECTED_SUBJECT_SEQUENCE: sequence})
        return "error" not in orjson.loads(reply.data)

    async def _ask(self, subject: str, body: bytes, sent: dict[str, str]) -> Msg:
        try:
            return await self._bus.ask(subject, body, sent, _ASK_SECONDS)
        except (errors.Unavailable, errors.TooLarge) as error:
            raise Away(_AWAY) from error
