"""The count after a ban has ended. Pure."""

from banstream_abuse_tracker.domain.corrections import History, count_again
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState
from banstream_contracts.abuse import Counter
from banstream_contracts.commands.abuse import RestartCount
from banstream_contracts.events.abuse import CountRestarted
from banstream_contracts.infractions import Scope


def restart(
    command: RestartCount, player: PlayerState, history: History, policies: Policies
) -> tuple[CountRestarted, ...]:
    """Begin anew under every policy whose servers the ban held on, where anything happened before its end.

    That under which the ban came about is one of them, whatever holds on its server by now.
    """
    begun = {
        policy_id: Counter(since=command.issued_at)
        for policy_id, counter in player.counters.items()
        if (counter.since is None or counter.since < command.issued_at)
        and _held(command, policy_id, history, policies)
        and _happened_before(command, policy_id, history)
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
    counters = {each: count_again(each, history, policies, until=event) for each in begun}
    return (event.model_copy(update={"counters": counters}),)


def _happened_before(command: RestartCount, policy_id: str, history: History) -> bool:
    return any(each.policy_id == policy_id and each.occurred_at < command.issued_at for each in history.incidents)


def _held(command: RestartCount, policy_id: str, history: History, policies: Policies) -> bool:
    if command.scope is not Scope.SERVER or command.server_id is None:
        return True
    now = policies.for_server(command.server_id).policy_id
    return policy_id in {now, history.banned_under.get(command.infraction_id)}
