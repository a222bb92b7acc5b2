"""How far a player has come under one policy. Pure; what moves it is in `counting`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from banstream_contracts.abuse import Count, Counted, Counter, Series, Threshold
from banstream_contracts.infractions import Severity


class Counting(msgspec.Struct, frozen=True, order=True):
    """The fields of the contract's `Counted`: an incident that counted."""

    at: datetime
    reason: str


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fields of the contract's `Series`: incidents with no quiet time between them."""

    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    counted: tuple[Counting, ...] = ()
    reached: tuple[Threshold, ...] = ()
    banned_for: tuple[Severity, ...] = ()
    asked: str | None = None

    @property
    def counted_at(self) -> Mapping[str, datetime]:
        """When an incident of a reason last counted."""
        return {each.reason: each.at for each in self.counted}


class Tally(Run, frozen=True, omit_defaults=True):
    """The fields of the contract's `Counter`, light enough for millions of incidents (ADR 0021).

    It is the newest run, and knows the one before it. `sure` is the same of what others than credentials under review
    told; None where that is all.
    """

    since: datetime | None = None
    earlier: Run | None = None
    sure: "Tally | None" = None

    @property
    def under_review(self) -> int:
        """How much of the count there is by the help of credentials under review alone."""
        return self.count - self.sure.count if self.sure else 0


NOTHING = Tally()
"""The count of whom nothing was told of yet."""


def tally_of(counter: Counter) -> Tally:
    """A count as it is worked with."""
    return msgspec.convert(counter, Tally, from_attributes=True)


def travelling(tally: Tally) -> Counter:
    """A count as it travels; not validated anew."""
    sure = Count.model_construct(**_fields(tally.sure)) if tally.sure else None
    return Counter.model_construct(**_fields(tally), sure=sure, under_review=tally.under_review)


def _fields(tally: Tally) -> dict[str, Any]:
    earlier = Series.model_construct(**_of_run(tally.earlier)) if tally.earlier else None
    return {**_of_run(tally), "since": tally.since, "earlier": earlier}


def _of_run(run: Run) -> dict[str, Any]:
    names = ("count", "first_at", "last_at", "counted_at", "reached", "banned_for", "asked")
    counted = tuple(Counted.model_construct(at=each.at, reason=each.reason) for each in run.counted)
    return {"counted": counted, **{name: getattr(run, name) for name in names}}
