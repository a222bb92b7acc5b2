"""Which tier of a policy an infraction would be of, by what a player has so far. Pure.

It is a preview: infractions decides by its own rules when the form is carried out (facts gflbans 2.8).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from banstream_contracts.infractions import Infraction, Lifetime, Status
from banstream_contracts.tiering import TieringPolicy


def tier_number(policy: TieringPolicy, server_id: str | None, known: Iterable[Infraction], now: datetime) -> int:
    """From 0; at most the last."""
    counted = sum(_counts(infraction, policy, server_id, now) for infraction in known)
    return min(counted, len(policy.terms.tiers) - 1)


def _counts(infraction: Infraction, policy: TieringPolicy, server_id: str | None, now: datetime) -> bool:
    return (
        infraction.tiering_policy_id == policy.id
        and (policy.terms.include_other_servers or infraction.server_id == server_id)
        and infraction.lifetime is not Lifetime.SESSION
        and infraction.status is not Status.LIFTED
        and infraction.issued_at > now - timedelta(seconds=policy.terms.tier_ttl_seconds)
        and (bool(infraction.punishments) or infraction.is_in_force(now))
    )
