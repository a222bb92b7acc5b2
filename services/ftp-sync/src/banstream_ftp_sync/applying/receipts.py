"""What an attempt to bring a ban file up to date is given and gives back. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from banstream_ftp_sync.formats.shape import Unheld


class Outcome(StrEnum):
    """How an attempt ended.

    `unchanged`: the file says what it should. `applied`: it was written, read back and found right. `refused`: it was
    not written, as that could have done harm; a person has to look. `failed`: something broke; the next attempt heals.
    `drifted`: somebody changed our lines, and the policy is to report that; all else is up to date.
    """

    UNCHANGED = "unchanged"
    APPLIED = "applied"
    REFUSED = "refused"
    FAILED = "failed"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done to a target.

    `may_create`: a missing file is made. `repairs_drift`: our lines are put right again, else that is only reported.
    `accepts_loss`: a person has seen that other people's lines are gone, and says that it is right.
    """

    may_create: bool = False
    repairs_drift: bool = True
    accepts_loss: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """A target as it was at the last good read; to be kept with the receipt.

    `foreign` counts other people's lines. `own` maps our keys to a digest of what the line says, None where a write was
    begun and never confirmed.
    """

    sha256: str
    size: int
    foreign: int
    own: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Drift:
    """One of our lines that somebody took out (`missing`) or rewrote (`changed`)."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of an attempt.

    `held` maps infraction ids to the key that bans them in the file, `unheld` are those it has no place for; both count
    only when the outcome is `unchanged`, `applied` or `drifted`. `remembered` is for the next attempt,
    not before `retry_after_seconds` where the other side said so. Where `reason` says where the file is, or what the
    other side said, `told` is what everybody may hear instead.
    """

    outcome: Outcome
    reason: str
    remembered: Remembered | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    unheld: tuple[Unheld, ...] = ()
    covered: tuple[str, ...] = ()
    orphans: tuple[str, ...] = ()
    drift: tuple[Drift, ...] = ()
    retry_after_seconds: float | None = None
    told: str | None = None
