"""Tiering policies: decisions on them, and what their events make of them. Pure."""

from typing import assert_never

from banstream_contracts.commands.tiering import RegisterTieringPolicy, UnlinkTieringPolicy
from banstream_contracts.events.tiering import TieringPolicyRegistered, TieringPolicyUnlinked
from banstream_contracts.tiering import TieringPolicy
from banstream_infractions.domain.record import Decision, Record, refused


def tiering_stream(policy_id: str) -> str:
    """The stream of a tiering policy."""
    return f"tiering:{policy_id}"


def decide_tiering(command: RegisterTieringPolicy | UnlinkTieringPolicy, record: Record) -> Decision:
    """What a command makes of a tiering policy."""
    match command:
        case RegisterTieringPolicy():
            return _register(command, record.tiering_policy)
        case UnlinkTieringPolicy():
            return _unlink(command, record.tiering_policy)
        case _:
            assert_never(command)


def evolve_tiering_policy(
    policy: TieringPolicy | None, event: TieringPolicyRegistered | TieringPolicyUnlinked, position: int
) -> TieringPolicy:
    """The policy after an event of it."""
    match event:
        case TieringPolicyRegistered():
            return TieringPolicy(
                id=event.tiering_policy_id,
                server_id=event.server_id,
                terms=event.terms,
                registered_at=event.occurred_at,
                registered_by=event.actor,
                position=position,
            )
        case TieringPolicyUnlinked() if policy is not None:
            return policy.model_copy(update={"unlinked_at": event.occurred_at, "position": position})
        case TieringPolicyUnlinked():
            raise LookupError(f"{event.type} of a policy that was never registered: {event.tiering_policy_id}")
        case _:
            assert_never(event)


def unknown_policy(policy_id: str) -> Decision:
    """The refusal of a command about no policy in use."""
    return refused("unknown-tiering-policy", f"no tiering policy in use has the id {policy_id}")


def _register(command: RegisterTieringPolicy, policy: TieringPolicy | None) -> Decision:
    """Make it, or take it up again; what is in use already stays as it is."""
    if policy and policy.server_id != command.server_id:
        return _of_another_server(policy)
    if policy and policy.unlinked_at is None and (policy.terms == command.terms or _holds_against(policy, command)):
        return Decision()
    registered = TieringPolicyRegistered(
        tiering_policy_id=command.tiering_policy_id,
        server_id=command.server_id,
        terms=command.terms,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((registered,))


def _holds_against(policy: TieringPolicy, command: RegisterTieringPolicy) -> bool:
    """Plugins register at every start of their server; what a person has changed since stays."""
    by = policy.registered_by
    return by is not None and by.kind == "person" and command.actor.kind != "person"


def _unlink(command: UnlinkTieringPolicy, policy: TieringPolicy | None) -> Decision:
    """Its server uses it no more; doing it again changes nothing."""
    if policy is None:
        return unknown_policy(command.tiering_policy_id)
    if policy.server_id != command.server_id:
        return _of_another_server(policy)
    if policy.unlinked_at is not None:
        return Decision()
    unlinked = TieringPolicyUnlinked(
        tiering_policy_id=policy.id, server_id=policy.server_id, actor=command.actor, occurred_at=command.issued_at
    )
    return Decision((unlinked,))


def _of_another_server(policy: TieringPolicy) -> Decision:
    return refused("other-server", f"the tiering policy {policy.id} is another server's")
