"""Tiering policies: each further infraction of a player is punished by the next tier (seed 4, facts gflbans 2.8)."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.infractions import Actor, Contract, DurationSeconds, Punishment, Punishments
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
