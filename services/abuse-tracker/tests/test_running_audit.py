"""What staff ask the log for on a running service: its events, and drafts of policies tried on them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from banstream_abuse_tracker import trying
from banstream_contracts import headers, subjects
from banstream_contracts.abuse import Incident
from banstream_contracts.commands.abuse import DismissIncidents, RestoreIncidents, SetPolicy
from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, Thresholds
from banstream_contracts.queries.abuse import AbuseStatistics, GetAbuseStatistics
from banstream_contracts.queries.audit import EventPage, ListEvents
from banstream_contracts.queries.simulation import PolicySimulated, SimulatePolicy
from banstream_decider import audit
from banstream_testing.abuse import SERVER_ID, incident, report, tracker
from banstream_testing.abuse import asked as ordered
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.servers import NatsServer

CHEATER = Player(service="roblox", id="31337")


@pytest.fixture
async def to(nats: NatsServer, database: Database) -> AsyncIterator[Bus]:
    """A service with three incidents of one player and one of another in its log."""
    async with bus(nats) as connected, tracker(nats, database):
        incidents = [incident(player=CHEATER, details={"x": "y" * 100}) for _ in range(3)]
        await connected.send(report(*incidents, incident("aimbot", Player(service="roblox", id="2"))))
        yield connected


async def asked(to: Bus, subject: str, query: Contract) -> Any:
    reply = await to.client.request(subject, query.model_dump_json(exclude_none=True).encode(), timeout=30)
    assert headers.QUERY_ERROR not in (reply.headers or {})
    return reply.data


async def events(to: Bus, **wanted: Any) -> EventPage:
    return EventPage.model_validate_json(await asked(to, subjects.QUERY_ABUSE_EVENTS, ListEvents(**wanted)))


def dismiss(*wrong: Incident) -> DismissIncidents:
    return DismissIncidents(**ordered(player=CHEATER, incident_ids=[each.incident_id for each in wrong], reason="lag"))


def restore(*right: Incident) -> RestoreIncidents:
    return RestoreIncidents(
        **ordered(player=CHEATER, incident_ids=[each.incident_id for each in right], reason="no lag")
    )


async def simulated(to: Bus, **wanted: Any) -> PolicySimulated:
    query = SimulatePolicy(**wanted)
    return PolicySimulated.model_validate_json(await asked(to, subjects.QUERY_SIMULATION, query))


async def test_the_log_is_read_in_pages_that_fit_into_a_message(to: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await events(to, kinds=("abuse.*",), player=CHEATER)
    assert len(whole.items) >= 3
    assert {each.event["player"]["id"] for each in whole.items} == {CHEATER.id}
    assert whole.next is None
    monkeypatch.setattr(audit, "LARGEST_PAGE_BYTES", 1)
    first = await events(to, kinds=("abuse.*",), player=CHEATER)
    assert (len(first.items), first.next) == (1, whole.items[0].position)
    assert first.next_at == first.items[0].recorded_at
    second = await events(to, kinds=("abuse.*",), player=CHEATER, before=first.next)
    assert second.items[0].position == whole.items[1].position


async def test_patterns_name_types_and_what_no_release_knows_is_looked_for_as_it_is(to: Bus) -> None:
    assert (await events(to, kinds=("policy.*",))).items == ()
    assert {each.type for each in (await events(to, kinds=("abuse.detected", "of.later"))).items} == {"abuse.detected"}
    assert len((await events(to, kinds=("*",))).items) == len((await events(to)).items)
    assert audit.types_of(("of.later",)) == ["of.later"]


async def test_a_draft_is_tried_beside_what_holds(to: Bus) -> None:
    draft = Policy(thresholds=Thresholds(warn=None, kick=None, ban=2))
    answer = await simulated(to, policy=draft)
    assert answer.draft
    assert answer.in_force
    assert (answer.draft.incidents, answer.draft.players.get("ban"), answer.in_force.players.get("ban")) == (4, 1, None)
    changed = {each.outcome: (each.new, each.gone_count) for each in answer.changes}
    assert changed["ban"] == ((CHEATER,), 0)
    assert changed["warning"] == ((), 1)
    assert (await simulated(to, policy=draft, servers=("f" * 24,))).draft.incidents == 0  # type: ignore[union-attr] # is there
    assert (await simulated(to, policy=draft, servers=(SERVER_ID,))).draft == answer.draft
    assert (await simulated(to, policy=draft, against="nowhere")).problem == "unknown-policy"


async def test_a_draft_bans_nobody_for_what_credentials_under_review_told(to: Bus) -> None:
    await to.send(report(*(incident(player=Player(service="roblox", id="3")) for _ in range(3)), review=True))
    answer = await simulated(to, policy=Policy(thresholds=Thresholds(warn=None, kick=None, ban=2)))
    assert answer.draft
    assert (answer.draft.players["ban"], answer.draft.players["review"]) == (1, 1)


async def test_a_draft_bans_nobody_for_what_was_dismissed(to: Bus) -> None:
    player = Player(service="roblox", id="4")
    told = [incident(player=player) for _ in range(3)]
    await to.send(report(*told))
    ids = tuple(each.incident_id for each in told[:2])
    draft = Policy(thresholds=Thresholds(warn=None, kick=None, ban=2))
    before = (await simulated(to, policy=draft)).draft
    await to.send(DismissIncidents(**ordered(player=player, incident_ids=ids, reason="lag")))
    after = (await simulated(to, policy=draft)).draft
    assert before
    assert after
    assert before.players["ban"] - after.players["ban"] == 1


async def test_too_many_incidents_are_left_to_the_command_line(to: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "MOST_INCIDENTS", 3)
    assert await simulated(to, policy=Policy()) == PolicySimulated(problem="too-many")
    monkeypatch.setattr(trying, "MOST_INCIDENTS", 4)
    assert (await simulated(to, policy=Policy())).problem is None
    monkeypatch.setattr(trying, "SECONDS", 0.0)
    assert (await simulated(to, policy=Policy())).problem == "too-many"


async def test_of_the_incidents_those_are_dismissed_that_still_are(to: Bus) -> None:
    kept, restored, dismissed = (incident(player=CHEATER) for _ in range(3))
    await to.send(report(kept, restored, dismissed))
    for each in (restored, dismissed):
        await to.send(dismiss(each))
    await to.send(restore(restored))
    await to.send(restore(dismissed))
    await to.send(dismiss(dismissed))
    answer = await asked(to, subjects.QUERY_ABUSE_STATISTICS, GetAbuseStatistics())
    found = AbuseStatistics.model_validate_json(answer)
    assert (found.incidents, found.dismissed, found.is_whole) == (7, 1, True)


async def test_what_is_in_force_is_counted_from_as_early_as_it_remembers(to: Bus) -> None:
    """The live tracker warned a player by one of two days ago and one of today."""
    holding = Policy(thresholds=Thresholds(warn=2, kick=None, ban=None), reset_after_seconds=3 * 86_400)
    await to.send(SetPolicy(**ordered(policy_id="default", policy=holding)))
    player, before = Player(service="roblox", id="4"), datetime.now(UTC) - timedelta(days=2)
    await to.send(report(incident(player=player, occurred_at=before), incident(player=player)))
    answer = await simulated(to, policy=Policy(thresholds=Thresholds(warn=None, kick=None, ban=None)), days=1)
    assert answer.in_force
    assert (answer.in_force.incidents, answer.in_force.players["warning"]) == (5, 2)
