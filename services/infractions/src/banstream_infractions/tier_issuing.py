"""Decisions on issuing by a tiering policy: the tier follows from earlier infractions (facts gflbans 2.8). Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from banstream_contracts.events import InfractionIssued
from banstream_contracts.infractions import Infraction, Lifetime, Status
from banstream_contracts.tiering import Tier, TieringPolicy
from banstream_contracts.tiering_commands import IssueByPolicy
from banstream_infractions.issuing import end_of, restricted_meanwhile
from banstream_infractions.reach import addresses_of, is_about
from banstream_infractions.record import Context, Decision, Record, infractions_seen
from banstream_infractions.rights import Authority, may_punish
from banstream_infractions.tiering import tiering_stream, unknown_policy


def issue_by_policy(command: IssueByPolicy, record: Record, authority: Authority, context: Context) -> Decision:
    """Punish by the tier that earlier infractions lead to; the same infraction happens once."""
    policy = context.get(tiering_stream(command.tiering_policy_id), Record()).tiering_policy
    if command.infraction_id in record.infractions:
        return Decision(touched=(command.infraction_id,), tiering_policy=policy)
    if policy is None or policy.unlinked_at is not None:
        return unknown_policy(command.tiering_policy_id)
    number = tier_number(command, policy, infractions_seen(record, context).values())
    tier = policy.terms.tiers[number]
    if refusal := may_punish(authority, command.player, tier.punishments, command.scope, context):
        return refusal
    if meanwhile := restricted_meanwhile(command, record, command.issued_at):
        return meanwhile
    issued = _issued(command, policy, tier, number)
    return Decision((issued,), touched=(command.infraction_id,), tiering_policy=policy)


def tier_number(command: IssueByPolicy, policy: TieringPolicy, infractions: Iterable[Infraction]) -> int:
    """As many as count, at most the last."""
    counted = sum(counts(infraction, command, policy) for infraction in infractions)
    return min(counted, len(policy.terms.tiers) - 1)


def counts(infraction: Infraction, command: IssueByPolicy, policy: TieringPolicy) -> bool:
    """Whether an earlier infraction counts: made by this policy or another named one, recent, and not taken back."""
    since = command.issued_at - timedelta(seconds=policy.terms.tier_ttl_seconds)
    return (
        infraction.tiering_policy_id in {policy.id, *command.also_count}
        and is_about(infraction, command.player, addresses_of(command))
        and (policy.terms.include_other_servers or infraction.server_id == command.server_id)
        and infraction.lifetime is not Lifetime.SESSION
        and infraction.status is not Status.LIFTED
        and infraction.issued_at > since
        and (bool(infraction.punishments) or not _has_expired(infraction, command.issued_at))
    )


def _has_expired(infraction: Infraction, now: datetime) -> bool:
    return infraction.status is Status.EXPIRED or not infraction.is_in_force(now)


def _issued(command: IssueByPolicy, policy: TieringPolicy, tier: Tier, number: int) -> InfractionIssued:
    lifetime = _lifetime(tier)
    return InfractionIssued(
        infraction_id=command.infraction_id,
        player=command.player,
        address_hash=command.address.hash if command.address else None,
        player_name=command.player_name,
        sealed_name=command.sealed_name,
        sealed_address=command.address.sealed if command.address else None,
        punishments=tier.punishments,
        lifetime=lifetime,
        duration_seconds=tier.duration_seconds,
        expires_at=end_of(lifetime, command.issued_at, tier.duration_seconds),
        reason=command.reason or policy.terms.default_reason,
        scope=command.scope,
        server_id=command.server_id,
        tiering_policy_id=policy.id,
        tier=number,
        actor=command.actor,
        occurred_at=command.issued_at,
    )


def _lifetime(tier: Tier) -> Lifetime:
    if tier.duration_seconds is None:
        return Lifetime.PERMANENT
    return Lifetime.ONLINE if tier.online else Lifetime.TIMED
