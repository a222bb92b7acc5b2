"""Which policy holds where. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from banstream_contracts.commands.abuse import RemovePolicy, SetPolicy
from banstream_contracts.events.abuse import AnyPolicyEvent, PolicyRemoved, PolicySet
from banstream_contracts.policies import DEFAULT_POLICY_ID, Policy, PolicyVersion
from banstream_contracts.results import Refusal, RefusalCode

UNSET = PolicyVersion()
"""What holds where nobody ever set a default policy."""


@dataclass(frozen=True)
class Policies:
    """Every version there ever was; `removed` are the ids that hold nowhere any more."""

    versions: Mapping[str, tuple[Policy | None, ...]] = field(default_factory=dict)
    """By id, version 1 first; None is a version in which the policy was removed."""

    @cached_property
    def in_force(self) -> dict[str, PolicyVersion]:
        """The policies that hold, by id; the default one always does."""
        latest = {
            policy_id: PolicyVersion(policy_id=policy_id, version=len(versions), policy=policy)
            for policy_id, versions in self.versions.items()
            if (policy := versions[-1])
        }
        return {DEFAULT_POLICY_ID: UNSET, **latest}

    @cached_property
    def _by_server(self) -> dict[str, PolicyVersion]:
        return {server: each for each in self.in_force.values() for server in each.policy.servers}

    def for_server(self, server_id: str | None) -> PolicyVersion:
        """What holds for incidents that this server reports."""
        return self._by_server.get(server_id or "", self.in_force[DEFAULT_POLICY_ID])

    def version(self, policy_id: str, version: int) -> Policy:
        """A policy as it was in a version. Raises LookupError for one that never was."""
        if version == 0:
            return UNSET.policy
        if policy := self.versions[policy_id][version - 1]:
            return policy
        raise LookupError(f"{policy_id} was removed in version {version}")

    def after(self, event: AnyPolicyEvent) -> "Policies":
        """The policies after an event."""
        policy = event.policy if isinstance(event, PolicySet) else None
        earlier = self.versions.get(event.policy_id, ())
        return Policies({**self.versions, event.policy_id: (*earlier, policy)})


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """The events of a command about a policy, or why there are none."""

    events: tuple[AnyPolicyEvent, ...] = ()
    refusal: Refusal | None = None


def decide_policy(command: SetPolicy | RemovePolicy, policies: Policies) -> PolicyDecision:
    """What a command makes of the policies. The same command on what it made yields no event."""
    current = policies.in_force.get(command.policy_id)
    version = len(policies.versions.get(command.policy_id, ()))
    if isinstance(command, RemovePolicy):
        if current is None or current.version == 0:
            return _refused("unknown-policy", f"no policy has the id {command.policy_id}")
        removed = PolicyRemoved(
            policy_id=command.policy_id,
            version=version + 1,
            reason=command.reason,
            actor=command.actor,
            occurred_at=command.issued_at,
        )
        return PolicyDecision((removed,))
    if current and current.version > 0 and current.policy == command.policy:
        return PolicyDecision()
    if refusal := _refusal(command, policies, current.version if current else 0):
        return PolicyDecision(refusal=refusal)
    event = PolicySet(
        policy_id=command.policy_id,
        version=version + 1,
        policy=command.policy,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return PolicyDecision((event,))


def _refusal(command: SetPolicy, policies: Policies, version: int) -> Refusal | None:
    if command.expected_version is not None and command.expected_version != version:
        return Refusal(
            code="policy-changed", message=f"the policy is at version {version}, not {command.expected_version}"
        )
    servers = command.policy.servers
    if command.policy_id == DEFAULT_POLICY_ID and servers:
        return Refusal(code="invalid-policy", message="the default policy names no servers: it holds everywhere else")
    if command.policy_id != DEFAULT_POLICY_ID and not servers:
        return Refusal(code="invalid-policy", message="name the servers it holds for, or set the policy `default`")
    if taken := _taken(command, policies.in_force.values()):
        return Refusal(code="server-taken", message=taken)
    return None


def _taken(command: SetPolicy, in_force: Iterable[PolicyVersion]) -> str | None:
    for other in in_force:
        if other.policy_id != command.policy_id and (both := set(other.policy.servers) & set(command.policy.servers)):
            return f"the policy {other.policy_id} holds for server {min(both)} already"
    return None


def _refused(code: RefusalCode, message: str) -> PolicyDecision:
    return PolicyDecision(refusal=Refusal(code=code, message=message))
