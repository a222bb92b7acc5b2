"""Durable consumers on a real server: made, and changed in place when a release hears other subjects."""

import time
from dataclasses import replace

import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from banstream_contracts import streams, subjects
from banstream_runtime.connection import connect
from banstream_runtime.pull import BatchPull
from banstream_runtime.streams import apply_streams, consumer_config, create_consumer
from banstream_testing.servers import NatsServer
from banstream_testing.streams import fresh_streams

HEARD = [
    "banstream.event.infraction.lifted.*",
    "banstream.event.infraction.expired.*",
    "banstream.event.infraction.amended.*",
]


async def test_a_consumer_of_an_older_release_hears_the_new_subjects_and_keeps_its_place(nats: NatsServer) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        older = replace(streams.ABUSE_LISTENER, subject=subjects.INFRACTION_EVENTS, also=())
        await create_consumer(client, older)
        before = await client.jsm().consumer_info(older.stream, older.name)
        assert before.config.filter_subject == subjects.INFRACTION_EVENTS
        await create_consumer(client, streams.ABUSE_LISTENER)
        after = await client.jsm().consumer_info(older.stream, older.name)
        assert (after.config.filter_subjects, after.created) == (HEARD, before.created)
    finally:
        await client.close()


async def intakes(client: Client) -> dict[str, object]:
    """When the consumer of each service's commands was made."""
    found = await client.jsm().consumers_info(streams.COMMANDS)
    return {each.name: each.created for each in found}


@pytest.mark.parametrize(
    ("lost", "filling"),
    [
        ("KV_restrictions", streams.INFRACTIONS),
        (streams.INFRACTION_EVENTS, streams.INFRACTIONS),
        (streams.ABUSE_EVENTS, streams.ABUSE_TRACKER),
        ("KV_presence", None),
        (streams.DEAD, None),
    ],
    ids=["bucket", "events of infractions", "events of the abuse tracker", "bucket of gateways", "dead letters"],
)
async def test_whoever_fills_what_was_lost_begins_anew_and_nobody_else(
    nats: NatsServer, lost: str, filling: str | None
) -> None:
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        before = await intakes(client)
        await client.jsm().delete_stream(lost)
        assert await apply_streams(client) == [lost]
        after = await intakes(client)
        assert {name for name in before if after[name] != before[name]} == ({filling} if filling else set())
        assert await apply_streams(client) == []
        assert await intakes(client) == after
    finally:
        await client.close()


async def test_what_nobody_acknowledges_comes_again_and_again_each_after_its_time(nats: NatsServer) -> None:
    seconds, times = 0.2, 8
    quick = replace(streams.INFRACTIONS_INTAKE, ack_wait=seconds)
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        await create_consumer(client, quick)
        await client.jetstream().publish(quick.subject.replace("*", "x").replace(">", "x.x"), b"1")
        began, counted = time.monotonic(), list[int]()
        async with BatchPull(client, quick, 10) as pull:
            while len(counted) < times and (batch := await pull.next_batch(10)):
                counted += [message.metadata.num_delivered for message in batch]
        assert counted[:times] == list(range(1, times + 1))
        assert time.monotonic() - began > seconds * (times - 1) * 0.9
    finally:
        await client.close()


async def test_where_no_room_is_left_a_command_is_refused_and_none_that_waits_is_dropped(nats: NatsServer) -> None:
    subject = streams.INFRACTIONS_INTAKE.subject.replace("*", "x").replace(">", "x.x")
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        config = (await client.jsm().stream_info(streams.COMMANDS)).config
        await client.jsm().update_stream(config, max_msgs=1)
        await client.jetstream().publish(subject, b"waits")
        with pytest.raises(APIError, match="maximum messages exceeded"):
            await client.jetstream().publish(subject, b"has no room")
        kept = await client.jsm().get_last_msg(streams.COMMANDS, subject)
        assert kept.data == b"waits"
    finally:
        await client.close()


async def test_streams_and_buckets_keep_for_as_long_as_the_contracts_say(nats: NatsServer) -> None:
    wanted = {spec.name: spec.max_age for spec in streams.STREAMS}
    wanted |= {f"KV_{spec.name}": spec.max_age for spec in streams.BUCKETS}
    client = await connect(nats.settings(), "test", timeout_seconds=30)
    try:
        await fresh_streams(client)
        found = {each.config.name: each.config for each in await client.jsm().streams_info()}
        assert {name: config.max_age or None for name, config in found.items()} == wanted
        assert {config.duplicate_window for config in found.values()} == {streams.DUPLICATE_WINDOW}
    finally:
        await client.close()


def test_one_subject_is_said_as_before() -> None:
    config = consumer_config(streams.ABUSE_INTAKE)
    assert config["filter_subject"] == streams.ABUSE_INTAKE.subject
    assert "filter_subjects" not in config
