"""Tiering policies: each further infraction of a player is punished by the next tier (seed 4, facts gflbans 2.8)."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.infractions import (
    Actor,
    Contract,
    DurationSeconds,
    Infraction,
    Lifetime,
    Punishment,
    Punishments,
    Status,
)
from banstream_contracts.text import Name, Reason, ShortId


class Tier(Contract):
    """One step. `duration_seconds` None punishes for good; `online` counts time connected only. No punishment warns."""

    punishments: Punishments = ()
    duration_seconds: DurationSeconds | None = None
    online: bool = False

    @model_validator(mode="after")
    def _can_be_carried_out(self) -> Self:
        if self.online and Punishment.BAN in self.punishments:
            raise ValueError("a banned player is never connected, so a ban cannot count time connected")
        if self.online and self.duration_seconds is None:
            raise ValueError("time connected needs a duration")
        return self


class NumberedTier(Tier):
    """One step of a policy; the first has the number 0."""

    number: Annotated[int, Field(ge=0)]


class TieringTerms(Contract):
    """What a policy says. An infraction counts for `tier_ttl_seconds`.

    `include_other_servers` counts those of other servers too; without it, the policy's own server only.
    """

    name: Name
    include_other_servers: bool = True
    tier_ttl_seconds: DurationSeconds
    default_reason: Reason
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=100)]


class TieringPolicy(Contract):
    """One policy as the events so far have made it; one that is unlinked issues nothing.

    `registered_by` is who said last what it says.
    """

    id: ShortId
    server_id: ShortId
    terms: TieringTerms
    registered_at: AwareDatetime
    registered_by: Actor | None = None
    unlinked_at: AwareDatetime | None = None
    position: int = 0

    def next_tier(
        self, earlier: Iterable[Infraction], server_id: str | None, now: datetime, also_count: Collection[str] = ()
    ) -> NumberedTier:
        """What a player or address with these infractions has come to: as many tiers as count, at most the last."""
        policy_ids = {self.id, *also_count}
        counted = sum(each.tiering_policy_id in policy_ids and self._counts(each, server_id, now) for each in earlier)
        number = min(counted, len(self.terms.tiers) - 1)
        return NumberedTier(number=number, **dict(self.terms.tiers[number]))

    def _counts(self, infraction: Infraction, server_id: str | None, now: datetime) -> bool:
        """Recent, and not taken back; a warning until its end (facts gflbans 2.8)."""
        return (
            (self.terms.include_other_servers or infraction.server_id == server_id)
            and infraction.lifetime is not Lifetime.SESSION
            and infraction.status is not Status.LIFTED
            and infraction.issued_at > now - timedelta(seconds=self.terms.tier_ttl_seconds)
            and (bool(infraction.punishments) or infraction.is_in_force(now))
        )
