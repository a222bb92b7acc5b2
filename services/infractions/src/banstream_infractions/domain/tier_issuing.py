"""Decisions on issuing by a tiering policy: the tier follows from earlier infractions (facts gflbans 2.8). Pure."""

from collections.abc import Iterable

from banstream_contracts.commands.tiering import IssueByPolicy
from banstream_contracts.events.infractions import InfractionIssued
from banstream_contracts.infractions import Infraction, Lifetime
from banstream_contracts.tiering import NumberedTier, Tier, TieringPolicy
from banstream_infractions.domain.issuing import end_of, restricted_meanwhile
from banstream_infractions.domain.reach import addresses_of, is_about
from banstream_infractions.domain.record import Context, Decision, Record, infractions_seen, refused
from banstream_infractions.domain.rights import Authority, may_punish
from banstream_infractions.domain.tiering import tiering_stream, unknown_policy


def issue_by_policy(command: IssueByPolicy, record: Record, authority: Authority, context: Context) -> Decision:
    """Punish by the tier that earlier infractions lead to, if it is the one that was seen; the same happens once."""
    policy = context.get(tiering_stream(command.tiering_policy_id), Record()).tiering_policy
    if command.infraction_id in record.infractions:
        return Decision(touched=(command.infraction_id,), tiering_policy=policy)
    if policy is None or policy.unlinked_at is not None:
        return unknown_policy(command.tiering_policy_id)
    tier = _due(command, policy, infractions_seen(record, context).values())
    if refusal := may_punish(authority, command.player, tier.punishments, command.scope, context):
        return refusal
    if meanwhile := restricted_meanwhile(command, record, command.issued_at):
        return meanwhile
    if command.seen_tier not in (None, tier):
        return refused("tier-changed", "what was seen is not what is due by now: another tier, or other terms of it")
    issued = _issued(command, policy, tier)
    return Decision((issued,), touched=(command.infraction_id,), tiering_policy=policy)


def _due(command: IssueByPolicy, policy: TieringPolicy, seen: Iterable[Infraction]) -> NumberedTier:
    """The one that earlier infractions of the player, or of the address, lead to."""
    now = command.issued_at
    earlier = (each for each in seen if is_about(each, command.player, addresses_of(command), now))
    return policy.next_tier(earlier, command.server_id, command.issued_at, command.also_count)


def _issued(command: IssueByPolicy, policy: TieringPolicy, tier: NumberedTier) -> InfractionIssued:
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
        tier=tier.number,
        actor=command.actor,
        occurred_at=command.issued_at,
    )


def _lifetime(tier: Tier) -> Lifetime:
    if tier.duration_seconds is None:
        return Lifetime.PERMANENT
    return Lifetime.ONLINE if tier.online else Lifetime.TIMED
