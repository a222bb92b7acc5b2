"""The count after a ban has ended. Pure."""

from banstream_abuse_tracker.corrections import History, count_again
from banstream_abuse_tracker.policies import Policies
from banstream_contracts.abuse import Counter, PlayerAbuse
from banstream_contracts.abuse_commands import RestartCount
from banstream_contracts.abuse_events import CountRestarted
from banstream_contracts.infractions import Scope


def restart(
    command: RestartCount, player: PlayerAbuse, history: History, policies: Policies
) -> tuple[CountRestarted, ...]:
    """Begin anew under every policy whose servers the ban held on, where anything was counted before its end."""
    begun = {
        policy_id: Counter(since=command.issued_at)
        for policy_id, counter in player.counters.items()
        if _held(command, policy_id, policies) and (counter.since is None or counter.since < command.issued_at)
    }
    if not begun:
        return ()
    event = CountRestarted(
        player=command.player,
        infraction_id=command.infraction_id,
        counters=begun,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    if needs_history(command, player):
        begun = {each: count_again(each, history, policies, until=event) for each in begun}
    changed = {each: counter for each, counter in begun.items() if _differs(counter, player.counters[each])}
    return (event.model_copy(update={"counters": changed}),) if changed else ()


def needs_history(command: RestartCount, player: PlayerAbuse) -> bool:
    """Whether incidents of after the end were told before it."""
    return any(each.last_at is not None and each.last_at >= command.issued_at for each in player.counters.values())


def _differs(counter: Counter, before: Counter) -> bool:
    return (counter.count, counter.last_at) != (before.count, before.last_at)


def _held(command: RestartCount, policy_id: str, policies: Policies) -> bool:
    if command.scope is not Scope.SERVER or command.server_id is None:
        return True
    return policies.for_server(command.server_id).policy_id == policy_id
