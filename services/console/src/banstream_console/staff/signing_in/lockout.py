"""How long nobody may try after attempts that failed one after the other. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from banstream_contracts.accounts import SignInAttempts


@dataclass(frozen=True, slots=True)
class BackOff:
    """`free` attempts cost nothing; the last of them and each further one double the wait, up to the longest."""

    free: int
    first_seconds: float
    longest_seconds: float

    def seconds_after(self, failures: int) -> float:
        """The wait after so many failures."""
        doublings = failures - self.free
        if doublings < 0:
            return 0.0
        return min(self.first_seconds * 2.0 ** min(doublings, 32), self.longest_seconds)


OF_NAME = BackOff(free=5, first_seconds=30, longest_seconds=900)
OF_ADDRESS = BackOff(free=20, first_seconds=30, longest_seconds=900)
"""Many people may share an address."""


def wait_seconds(attempts: SignInAttempts, now: datetime) -> int:
    """How long nobody may try yet; 0 where somebody may."""
    if attempts.locked_until is None or attempts.locked_until <= now:
        return 0
    return ceil((attempts.locked_until - now).total_seconds())


def tried(attempts: SignInAttempts, back_off: BackOff, now: datetime) -> SignInAttempts:
    """One more attempt, counted as failed before it is looked at: attempts at once are no way around the wait."""
    failures = attempts.failures + 1
    seconds = back_off.seconds_after(failures)
    locked_until = now + timedelta(seconds=seconds) if seconds else None
    return attempts.model_copy(update={"failures": failures, "locked_until": locked_until})
