"""The abuse tracker without a database or NATS, for tests of what it decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_abuse_tracker.consequences import commands_for
from banstream_abuse_tracker.domain.batch import Batch, Known, Loaded, stream_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, tally_in
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import (
    AnyAbuseCommand,
    DismissIncidents,
    RestartCount,
    RestoreIncidents,
    SetPolicy,
)
from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import Scope
from banstream_contracts.policies import Policy, Thresholds
from banstream_contracts.results import CommandResult
from banstream_decider.ports import Received
from banstream_event_log.chain import GENESIS, link
from banstream_event_log.events import LoggedEvent
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import PLAYER, asked, incident, report

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OTHER_SERVER = "01948a00000000000000f00d"


class LogInMemory:
    """The log in memory, and what is worked out of it."""

    def __init__(self) -> None:
        self.log: list[LoggedEvent] = []
        self.players: dict[str, Known] = {}
        self.policies = Policies()

    def do(self, *commands: AnyAbuseCommand) -> list[CommandResult]:
        """Decide one batch."""
        loaded = Loaded(
            head=len(self.log),
            players=self.players,
            policies=self.policies,
            recorded=frozenset(each.command_id for each in self.log),
            histories={stream: [e for e in self.log if e.stream == stream] for stream in self.players},
        )
        batch = Batch(loaded, NOW, new_id)
        for command in commands:
            batch.decide(Received(command))
        head = len(self.log)
        self.log += [link(event, head + place, NOW, GENESIS) for place, event in enumerate(batch.events, 1)]
        self.players = {**self.players, **batch.changes.players}
        for event in batch.changes.policies:
            self.policies = self.policies.after(event)
        return [batch.results[command.command_id] for command in commands]


class Tracker(LogInMemory):
    """With what tests ask of it."""

    def report(self, *reasons: str, seconds: float = 0, **values: Any) -> list[Incident]:
        """Report an incident for each reason, so long after `NOW`."""
        reported = [incident(each, occurred_at=at(seconds)) for each in reasons]
        self.do(report(*reported, issued_at=max(NOW, at(seconds)), **values))
        return reported

    def set_policy(self, policy_id: str = "default", **values: Any) -> CommandResult:
        """Set a policy by its fields."""
        thresholds = Thresholds(**values.pop("thresholds", {}))
        command = SetPolicy(**asked(policy_id=policy_id, policy=Policy(thresholds=thresholds, **values)))
        return self.do(command)[0]

    @property
    def types(self) -> list[str]:
        """Of all events."""
        return [each.type for each in self.log]

    @property
    def player(self) -> PlayerState:
        """What `PLAYER` has come to."""
        return self.players[stream_of(PLAYER)].player

    def count(self, policy_id: str = "default") -> int:
        """Of `PLAYER` under a policy."""
        return tally_in(self.player, policy_id).count

    def reached(self) -> list[tuple[str, str, str | None]]:
        """Thresholds: which, what follows, and why nothing does."""
        events = [each.data for each in self.log if each.type == "abuse.threshold_reached"]
        return [(each["threshold"], each["action"], each.get("withheld")) for each in events]

    def commands(self) -> list[Command]:
        """What thresholds ask other services for."""
        return [
            command for each in self.log if each.type == "abuse.threshold_reached" for command in commands_for(each)
        ]


def at(seconds: float) -> datetime:
    """So long after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def ended(seconds: float, **values: Any) -> RestartCount:
    """The end of a ban of `PLAYER`, so long after `NOW`."""
    common = {"player": PLAYER, "infraction_id": "0" * 24, "scope": Scope.GLOBAL, "issued_at": at(seconds)}
    return RestartCount(**asked(**{**common, **values}))


def dismiss(*incidents: Incident, **values: Any) -> DismissIncidents:
    """Take some of `PLAYER` out of the count."""
    ids = tuple(each.incident_id for each in incidents)
    return DismissIncidents(**asked(**{"player": PLAYER, "incident_ids": ids, "reason": "teleport pad", **values}))


def restore(*incidents: Incident) -> RestoreIncidents:
    """Put them back."""
    ids = tuple(each.incident_id for each in incidents)
    return RestoreIncidents(**asked(player=PLAYER, incident_ids=ids, reason="it was not"))
