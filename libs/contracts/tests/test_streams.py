"""Subjects, streams and consumers fit each other."""

import re

import pytest

from banstream_contracts import streams, subjects
from banstream_contracts.documents.catalogue import COMMAND_MODELS
from banstream_contracts.entries import ENTRIES
from banstream_contracts.queries.table import QUERIES
from banstream_contracts.streams import ConsumerSpec, StreamSpec

STREAM_NAME = re.compile(r"[A-Z][A-Z_]*")
BUCKET_NAME = re.compile(r"[a-z][a-z-]*")
KINDS = {"command", "event", "log", "query", "dead"}

WILDCARDS = [subject for stream in streams.STREAMS for subject in stream.subjects]
SPELLED = [value for name, value in vars(subjects).items() if name.isupper() and isinstance(value, str)]


def covers(wildcard: str, subject: str) -> bool:
    return subject.startswith(wildcard.removesuffix(">")) if wildcard.endswith(">") else wildcard == subject


def test_no_subject_is_kept_by_two_streams() -> None:
    assert all(not covers(one, other) for one in WILDCARDS for other in WILDCARDS if one != other)
    assert len(set(WILDCARDS)) == len(WILDCARDS)


@pytest.mark.parametrize("subject", SPELLED)
def test_a_subject_names_its_kind_and_has_no_empty_token(subject: str) -> None:
    project, kind, *rest = subject.split(".")
    assert project == "banstream"
    assert kind in KINDS
    assert all(rest)


@pytest.mark.parametrize("spec", QUERIES, ids=lambda spec: spec.subject)
def test_no_stream_keeps_a_query(spec: object) -> None:
    subject = getattr(spec, "subject", "")
    assert not any(covers(wildcard, subject) for wildcard in WILDCARDS)
    services = (
        subjects.QUERIES_INFRACTIONS,
        subjects.QUERIES_ABUSE,
        subjects.QUERIES_NOTIFIER,
        subjects.QUERIES_FTP_SYNC,
        subjects.QUERIES_DAYZ,
    )
    assert sum(covers(service, subject) for service in services) == 1


def test_every_query_subject_is_declared_with_what_is_asked_and_answered() -> None:
    spelled = {value for name, value in vars(subjects).items() if name.startswith("QUERY_")}
    assert {spec.subject for spec in QUERIES} == spelled
    assert len({(spec.query, spec.subject.split(".")[2]) for spec in QUERIES}) == len(QUERIES)


def test_commands_wait_for_as_long_as_it_takes() -> None:
    commands = next(stream for stream in streams.STREAMS if stream.name == streams.COMMANDS)
    assert (commands.retention, commands.max_age) == ("workqueue", None)


@pytest.mark.parametrize("stream", streams.STREAMS, ids=lambda stream: stream.name)
def test_a_stream_keeps_messages_for_longer_than_it_remembers_their_ids(stream: StreamSpec) -> None:
    assert STREAM_NAME.fullmatch(stream.name)
    assert stream.max_age is None or stream.max_age > streams.DUPLICATE_WINDOW


@pytest.mark.parametrize("consumer", streams.CONSUMERS, ids=lambda consumer: consumer.name)
def test_a_consumer_reads_what_its_stream_keeps(consumer: ConsumerSpec) -> None:
    stream = next(stream for stream in streams.STREAMS if stream.name == consumer.stream)
    assert any(covers(wildcard, consumer.subject) for wildcard in stream.subjects)
    assert consumer.ack_wait > 0
    assert consumer.max_ack_pending > 0


def test_names_are_used_once() -> None:
    names = [spec.name for spec in (*streams.STREAMS, *streams.BUCKETS)]
    assert len(set(names)) == len(names)
    assert all(BUCKET_NAME.fullmatch(bucket.name) for bucket in streams.BUCKETS)


def test_every_bucket_says_what_it_holds_and_how_far_it_is() -> None:
    for bucket in streams.BUCKETS:
        keys = {entry.key for entry in ENTRIES if entry.bucket == bucket.name}
        own = {streams.POSITION_KEY, streams.FILLING_KEY}
        assert keys & own == (own if bucket.follows_log else set())
        assert keys - own


def test_a_bucket_that_forgets_keeps_entries_for_longer_than_it_remembers_message_ids() -> None:
    assert {bucket.name for bucket in streams.BUCKETS if bucket.max_age is not None} == {
        "presence",
        "rpc-cursors",
        "sessions",
        "sign-in-attempts",
    }
    assert all(bucket.max_age is None or bucket.max_age > streams.DUPLICATE_WINDOW for bucket in streams.BUCKETS)
    assert {entry.bucket for entry in ENTRIES} == {bucket.name for bucket in streams.BUCKETS}


def test_the_position_key_is_no_token() -> None:
    assert "=" not in streams.POSITION_KEY


def test_subjects_are_built_as_they_are_subscribed_to() -> None:
    assert covers(subjects.EVENTS, subjects.event("infraction.issued", "roblox=156"))
    assert any(covers(wildcard, subjects.relayed_event("infraction.issued", "roblox=156")) for wildcard in WILDCARDS)
    assert covers(subjects.DEAD, subjects.dead(streams.INFRACTIONS))
    assert subjects.entry("restrictions", "roblox=156") == "$KV.restrictions.roblox=156"
    assert len({model.model_fields["type"].default for model in COMMAND_MODELS}) == len(COMMAND_MODELS)
