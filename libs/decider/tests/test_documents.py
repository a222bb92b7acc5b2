"""What a batch notes of commands on documents, and the table that keeps them."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from uuid import UUID, uuid4

import pytest
from pydantic import TypeAdapter

from banstream_contracts.commands.notifier import ResumeTarget
from banstream_contracts.events.notifier import TargetTestRequested
from banstream_contracts.results import Refusal
from banstream_decider.document_table import DocumentTable
from banstream_decider.documents import Decision, Document, DocumentBatch
from banstream_decider.events import Cause, new_event
from banstream_decider.ports import Received
from banstream_decider.store import PostgresDocumentStore
from banstream_event_log.events import NewEvent
from banstream_testing.abuse import STAFF, asked
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ONE, OTHER = "a" * 24, "b" * 24
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Tally(Document):
    """How often a test was asked for; removed with the third time."""

    times: int

    @property
    def version(self) -> int:
        """Each time is an event."""
        return self.times


def evolve(tally: Tally | None, _event: TargetTestRequested) -> Tally:
    times = tally.times + 1 if tally else 1
    return Tally(times=times, is_removed=times >= 3)


TALLIES = DocumentTable("targets", "target_id", Tally, TypeAdapter(TargetTestRequested), evolve)


def requested(target_id: str = ONE) -> TargetTestRequested:
    return TargetTestRequested(target_id=target_id, name="n", actor=STAFF, occurred_at=NOW)


def decided(
    batch: DocumentBatch[Tally], *, times: int = 0, refusal: Refusal | None = None
) -> tuple[ResumeTarget, Tally | None]:
    command = ResumeTarget(**asked(target_id=ONE))
    decision = Decision((requested(),) * times, refusal)
    after = reduce(evolve, decision.events, batch.document(ONE))
    batch.take(Received(command, TRACE), decision, after, ONE, request_id=OTHER)
    return command, after


def versions(events: list[NewEvent]) -> list[tuple[int, int]]:
    return [(event.version, event.ordinal) for event in events]


def test_events_continue_their_stream_and_the_log() -> None:
    batch = DocumentBatch(7, {ONE: Tally(times=4)}, uuid4)
    first, _ = decided(batch, times=2)
    second, after = decided(batch, times=1)
    assert versions(batch.events) == [(5, 0), (6, 1), (7, 0)]
    assert batch.changed == {ONE: after} == {ONE: Tally(times=7, is_removed=True)}
    assert [batch.results[each.command_id].position for each in (first, second)] == [9, 10]
    assert {(event.command_id, event.traceparent) for event in batch.events[:2]} == {(first.command_id, TRACE)}


@pytest.mark.parametrize("times", [1, 0], ids=["applied", "unchanged"])
def test_a_result_shows_the_document(times: int) -> None:
    batch = DocumentBatch[Tally](0, {}, uuid4)
    command, _ = decided(batch, times=times)
    result = batch.results[command.command_id]
    assert (result.status, result.request_id) == ("applied" if times else "unchanged", OTHER)
    assert (result.position, result.fingerprint) == (times, command.fingerprint)


def test_what_is_refused_changes_and_shows_nothing() -> None:
    batch = DocumentBatch(7, {ONE: Tally(times=1)}, uuid4)
    refusal = Refusal(code="target-stopped", message="no")
    command, _ = decided(batch, refusal=refusal)
    result = batch.results[command.command_id]
    assert (result.status, result.refusal, result.request_id, result.position) == ("refused", refusal, None, 7)
    assert (batch.events, batch.changed) == ([], {})


async def test_documents_are_found_as_they_were_put(database: Database) -> None:
    async with connected(database.notifier_url, "notifier") as connection:
        store = PostgresDocumentStore(connection, TALLIES)
        put = {ONE: Tally(times=1), OTHER: Tally(times=3, is_removed=True)}
        async with store.transaction():
            await store.put({})
            await store.put({ONE: Tally(times=9), OTHER: put[OTHER]})
            await store.put({ONE: put[ONE]})
        async with store.transaction():
            assert await store.find([ONE, OTHER, "c" * 24]) == put
            assert await store.present() == {ONE: put[ONE]}


async def test_documents_are_made_anew_from_the_log(database: Database) -> None:
    def logged(number: int, target_id: str, version: int) -> NewEvent:
        event = requested(target_id).model_copy(update={"occurred_at": NOW + timedelta(seconds=number)})
        return new_event(event, uuid4(), version, Cause(UUID(int=number), UUID(int=number)), 0)

    async with connected(database.notifier_url, "notifier") as connection:
        store = PostgresDocumentStore(connection, TALLIES)
        async with store.transaction():
            await store.append([logged(1, ONE, 1), logged(2, OTHER, 1), logged(3, OTHER, 2), logged(4, OTHER, 3)], NOW)
            await store.put({"c" * 24: Tally(times=1)})
        told: list[int] = []
        reached = await TALLIES.rebuild(
            database.admin_url, "notifier", "banstream_notifier", lambda position, _head: told.append(position)
        )
        async with store.transaction():
            assert await store.find([ONE, OTHER, "c" * 24]) == {
                ONE: Tally(times=1),
                OTHER: Tally(times=3, is_removed=True),
            }
    assert (reached, told[-1]) == (4, 4)
