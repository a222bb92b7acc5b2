"""Commands of those whose clocks are ahead of that of NATS."""

from datetime import UTC, datetime, timedelta

from banstream_abuse_tracker.domain.batch import Batch, Known, Loaded, stream_of
from banstream_abuse_tracker.domain.policies import Policies
from banstream_abuse_tracker.domain.record import PlayerState, tally_in
from banstream_contracts.commands.abuse import AnyAbuseCommand, RestartCount
from banstream_contracts.events.abuse import PolicySet
from banstream_contracts.infractions import Actor, Scope
from banstream_contracts.policies import Policy
from banstream_decider.ports import Received
from banstream_runtime.identifiers import new_id
from banstream_testing.abuse import PLAYER, asked, incident, report

NOW = datetime(2026, 7, 29, 12, tzinfo=UTC)
AHEAD = NOW + timedelta(hours=1)
EARLIER, LATER = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
HELD = Policies().after(
    PolicySet(
        policy_id="default",
        version=1,
        policy=Policy(reset_after_seconds=600),
        actor=Actor(kind="system", id="x"),
        occurred_at=NOW,
    )
)


def after(*commands: tuple[AnyAbuseCommand, datetime]) -> Batch:
    """What comes of commands, each with the time when NATS stored it."""
    loaded = Loaded(0, {stream_of(PLAYER): Known(0, PlayerState())}, HELD, frozenset(), {})
    batch = Batch(loaded, LATER, new_id)
    for command, stored_at in commands:
        batch.decide(Received(command, stored_at=stored_at))
    return batch


def test_an_incident_of_a_gateway_that_is_ahead_happened_when_it_was_stored() -> None:
    early = report(incident(occurred_at=AHEAD), issued_at=AHEAD)
    batch = after((early, NOW), (report(incident(occurred_at=LATER), issued_at=LATER), LATER))
    assert [event.occurred_at for event in batch.events] == [NOW, LATER]
    tally = tally_in(batch.changes.players[stream_of(PLAYER)].player, "default")
    assert (tally.count, tally.first_at, tally.last_at) == (2, NOW, LATER)


def test_a_ban_that_ended_by_a_clock_that_is_ahead_lets_what_follows_count() -> None:
    before = report(incident(occurred_at=EARLIER), issued_at=EARLIER)
    restart = RestartCount(**asked(player=PLAYER, infraction_id="b" * 24, scope=Scope.GLOBAL, issued_at=AHEAD))
    batch = after((before, EARLIER), (restart, NOW), (report(incident(occurred_at=LATER), issued_at=LATER), LATER))
    (outcome,) = batch.results[list(batch.results)[-1]].incidents
    assert (outcome.status, outcome.count) == ("recorded", 1)
