"""Whom infractions erases the tracker forgets: names and details go, incidents and counts stay."""

import json
from datetime import UTC, datetime
from typing import Any

from banstream_abuse_tracker.operations import SCHEMA, rebuild
from banstream_contracts import subjects
from banstream_contracts.erasure import PlayerErased
from banstream_event_log.verification import verify
from banstream_testing.abuse import PLAYER, SERVER_ID, STAFF, incident, report, tracker
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus
from banstream_testing.notifier import happen
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


async def asked(to: Bus) -> str:
    question = {"player": PLAYER.model_dump(), "server_id": SERVER_ID}
    reply = await to.client.request(subjects.QUERY_ABUSE, json.dumps(question).encode(), timeout=30)
    return reply.data.decode()


def named(name: str) -> Any:
    return report(incident(player_name=name, details={"seen": f"{name} flew"}))


async def test_an_erased_player_is_forgotten_and_counts_stay(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, tracker(nats, database):
        await to.send(named("Before"))
        assert "Before flew" in await asked(to)
        await happen(to, PlayerErased(player=PLAYER, reason="asked for", actor=STAFF, occurred_at=datetime.now(UTC)))

        async def forgotten() -> bool:
            return "Before" not in await asked(to)

        await eventually(forgotten)
        await to.send(named("After"))
        said = await asked(to)
        assert "After flew" in said
        assert json.loads(said)["count"] == 2

        async def published_no_more() -> bool:
            info = await to.client.jetstream().stream_info("EVENTS", subjects_filter="banstream.event.abuse.detected.>")
            return info.state.subjects == {f"banstream.event.abuse.detected.{PLAYER.token}": 1}

        await eventually(published_no_more)
    async with connected(database.admin_url, SCHEMA) as connection:
        assert "Before" not in str(await connection.fetch("select each::text from event_log each"))
        await rebuild(database.admin_url, lambda _position, _head: None)
        assert (await verify(connection)).broken_at is None
