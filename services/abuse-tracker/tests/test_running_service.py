"""The service on real NATS and Postgres: counted once, banned once, restarted when a ban ends."""

import asyncio
import json
import random
from contextlib import AsyncExitStack, ExitStack, suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from nats.errors import NoRespondersError
from nats.js.errors import NotFoundError
from pydantic import BaseModel

from banstream_abuse_tracker.operations import SCHEMA, rebuild
from banstream_contracts import streams, subjects
from banstream_contracts.commands.abuse import DismissIncidents, ProtectPlayer, RestoreIncidents, SetPolicy
from banstream_contracts.commands.encoding import encoded
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy, Thresholds
from banstream_event_log.verification import verify
from banstream_testing.abuse import PLAYER, SERVER_ID, asked, incident, report, tracker
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, issue, service, service_process
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

PACKAGE = "banstream_abuse_tracker"
_PATIENCE_SECONDS = 20.0


async def ask(to: Bus, subject: str, **question: Any) -> Any:
    dumped = {name: each.model_dump() if isinstance(each, BaseModel) else each for name, each in question.items()}
    reply = await to.client.request(subject, json.dumps(dumped).encode(), timeout=30)
    return json.loads(reply.data)


async def abuse(to: Bus, player: Player = PLAYER) -> Any:
    return await ask(to, subjects.QUERY_ABUSE, player=player, server_id=SERVER_ID)


async def bans(to: Bus, player: Player = PLAYER) -> list[Any]:
    standing = await to.entry(RESTRICTIONS, player.token) or {"restrictions": []}
    return list(standing["restrictions"])


async def requests(to: Bus, player: Player = PLAYER) -> list[Any]:
    return list((await ask(to, subjects.QUERY_REQUESTS, player=player))["items"])


async def logged(database: Database, kind: str) -> int:
    async with connected(database.abuse_url, SCHEMA) as connection:
        return int(await connection.fetchval("select count(*) from event_log where type = $1", kind))


async def test_ten_incidents_ban_once_and_a_lift_begins_the_count_anew(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        for _ in range(12):
            await to.send(report(incident()))
        (ban,) = await eventually(lambda: bans(to))
        assert ban["reason"] == "speed_hack (10 incidents)"
        assert (await abuse(to))["count"] == 12
        await to.send(LiftInfraction(**asked(infraction_id=ban["infraction_id"], reason="appeal")))

        async def begun_anew() -> bool:
            return bool((await abuse(to))["count"] == 0)

        await eventually(begun_anew)
        assert (await abuse(to))["abuse"]["total"] == 12
        assert await bans(to) == []
        (result,) = (await to.send(report(incident()))).incidents
        assert result.count == 1


async def test_a_ban_that_reaches_its_end_begins_the_count_anew(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        policy = Policy(thresholds=Thresholds(ban=2), ban_duration_seconds=1)
        await to.send(SetPolicy(**asked(policy_id="default", policy=policy)))
        await to.send(report(incident(), incident()))

        async def begun_anew() -> bool:
            found = await abuse(to)
            return bool(found["count"] == 0 and found["abuse"]["total"] == 2)

        await eventually(begun_anew)
        assert await logged(database, "abuse.count_restarted") == 1


async def test_a_ban_settles_what_staff_was_asked_before_it(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        await to.send(report(*(incident() for _ in range(10)), review=True))
        (asked_first,) = await eventually(lambda: requests(to))
        assert asked_first["status"] == "open"
        await to.send(report(*(incident() for _ in range(10))))

        async def settled() -> bool:
            return [each["status"] for each in await requests(to)] == ["rejected"]

        await eventually(settled)
        (ban,) = await eventually(lambda: bans(to))
        (request,) = await requests(to)
        assert f"banned: infraction {ban['infraction_id']}" in request["decided_reason"]
        assert ban["reason"] == "speed_hack (10 incidents)"


@pytest.mark.parametrize("first", ["staff", "the policy"])
async def test_who_is_banned_is_not_banned_again_for_what_had_happened_before(
    nats: NatsServer, database: Database, first: str
) -> None:
    """A log that is read late: its own series reaches the ban, and a ban from after it holds."""
    bystander, hour = Player(service="roblox", id="2"), timedelta(hours=1)
    before = datetime.now(UTC) - 2 * hour
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        await to.send(SetPolicy(**asked(policy_id="default", policy=Policy(reset_after_seconds=3600))))
        await to.send(issue("1") if first == "staff" else report(*(incident() for _ in range(10))))
        (ban,) = await eventually(lambda: bans(to))
        await to.send(report(*(incident(occurred_at=before) for _ in range(10))))
        await to.send(report(*(incident(player=bystander) for _ in range(10))))
        await eventually(lambda: bans(to, bystander))
        assert await logged(database, "abuse.threshold_reached") == (6 if first == "staff" else 9)
        assert await bans(to) == [ban]


async def test_every_event_of_both_logs_is_on_the_one_stream(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, service(nats, database), tracker(nats, database):
        await to.send(issue("7"))
        await to.send(report(incident(details={"ip": "192.0.2.1"})))
        events = await to.events(2)
        sources = {(each.headers or {})["ce-source"]: each for each in events}
        assert set(sources) == {"banstream/infractions", "banstream/abuse-tracker"}
        detected = sources["banstream/abuse-tracker"]
        assert detected.subject == "banstream.event.abuse.detected.roblox=1"
        assert "details" not in json.loads(detected.data)


async def test_two_replicas_one_player_and_redelivery_count_as_a_plain_count_does(
    nats: NatsServer, database: Database
) -> None:
    """Kills in between: what was taken and not acknowledged comes again."""
    incidents = [incident(random.choice(["clip", "aimbot"])) for _ in range(1500)]  # noqa: S311 - a test's variety
    batches = [incidents[start : start + 5] for start in range(0, len(incidents), 5)]
    async with bus(nats) as to:
        await to.publish(SetPolicy(**asked(policy_id="default", policy=Policy(thresholds=Thresholds(ban=1000)))))

        async def load(share: int) -> None:
            for batch in batches[share::2]:
                command = report(*batch)
                await to.publish(command)
                if random.random() < 0.3:  # noqa: S311 - a server that repeats itself, under another command id
                    await to.publish(report(*batch))
                if random.random() < 0.2:  # noqa: S311 - or the very same message past the duplicate window
                    await to.client.jetstream().publish(subjects.command(command), encoded(command))

        with ExitStack() as replicas:
            replicas.enter_context(service_process(nats, database.abuse_url, PACKAGE))
            loading = asyncio.gather(load(0), load(1))
            for part in range(1, 4):
                with service_process(nats, database.abuse_url, PACKAGE) as other:

                    async def has_moved(goal: int = part * 300) -> bool:
                        return await logged(database, "abuse.detected") >= goal

                    await eventually(has_moved)
                    other.kill()
                replicas.close()
                replicas.enter_context(service_process(nats, database.abuse_url, PACKAGE))
            await loading

            async def is_done() -> bool:
                try:
                    found = await to.client.jetstream().consumer_info(streams.COMMANDS, streams.ABUSE_TRACKER)
                except NotFoundError:  # a new leader makes it anew
                    return False
                return not (found.num_pending or found.num_ack_pending)

            async def answer() -> Any:
                with suppress(NoRespondersError):  # the last process may have had nothing to do, and not begun yet
                    return await abuse(to)

            await eventually(is_done)
            found = await eventually(answer)
        assert (found["count"], found["abuse"]["total"]) == (1500, 1500)
        assert await logged(database, "abuse.detected") == 1500
        assert await logged(database, "abuse.threshold_reached") == 3
        async with connected(database.abuse_url, SCHEMA) as connection:
            assert (await verify(connection)).broken_at is None


async def test_a_crossing_bans_once_however_often_the_tracker_dies(nats: NatsServer, database: Database) -> None:
    players = [Player(service="roblox", id=str(n)) for n in range(1, 41)]
    async with AsyncExitStack() as stack:
        to = await stack.enter_async_context(bus(nats))
        await stack.enter_async_context(service(nats, database))
        for player in players:
            await to.publish(report(*(incident(player=player) for _ in range(10))))
        for kills in range(4):
            with service_process(nats, database.abuse_url, PACKAGE) as running:

                async def has_moved(goal: int = kills * 10 + 1) -> bool:
                    return await logged(database, "abuse.threshold_reached") >= goal * 3

                await eventually(has_moved)
                running.kill()
        await stack.enter_async_context(tracker(nats, database))
        for player in players:
            await eventually(lambda player=player: bans(to, player))  # type: ignore[misc]
        assert [len(await bans(to, player)) for player in players] == [1] * 40


async def test_what_cannot_be_logged_is_put_aside_though_much_before_it_is_on_its_way(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, tracker(nats, database):
        await to.send(SetPolicy(**asked(policy_id="default", policy=Policy(thresholds=Thresholds(ban=1)))))
        many = [incident(player=Player(service="roblox", id=str(n))) for n in range(2, 501)]
        before_all_times = incident(occurred_at=datetime.min.replace(tzinfo=timezone(timedelta(hours=1))))
        async with asyncio.timeout(_PATIENCE_SECONDS):
            refused = await to.send(report(*many, before_all_times))
            assert refused.refusal is not None
            assert refused.refusal.code == "failed"
            assert (await to.send(report(*many))).status == "applied"


async def test_reads_tell_what_was_decided(nats: NatsServer, database: Database) -> None:
    async with bus(nats) as to, tracker(nats, database):
        first, second = incident(details={"speed": 100}, session_id="job"), incident("aimbot")
        await to.send(report(first, second))
        await to.send(DismissIncidents(**asked(player=PLAYER, incident_ids=(first.incident_id,), reason="lag")))
        await to.send(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
        found = await ask(to, subjects.QUERY_ABUSE, player=PLAYER, limit=1)
        assert [each["reason"] for each in found["records"]] == ["aimbot"]
        rest = await ask(to, subjects.QUERY_ABUSE, player=PLAYER, limit=1, cursor=found["next"])
        (record,) = rest["records"]
        assert (record["dismissed"], record["details"], record["session_id"]) == (True, {"speed": 100}, "job")
        assert rest["next"] is None
        assert (await ask(to, subjects.QUERY_ABUSE, player=PLAYER, limit=1, cursor="9" * 64)) == found
        one = await ask(to, subjects.QUERY_INCIDENT, incident_id=str(second.incident_id))
        assert (one["player"]["id"], one["record"]["dismissed"]) == ("1", False)
        assert (await ask(to, subjects.QUERY_INCIDENT, incident_id=str(incident().incident_id)))["player"] is None
        (protected,) = (await ask(to, subjects.QUERY_PROTECTED))["items"]
        assert protected["reason"] == "streamer"
        (default,) = (await ask(to, subjects.QUERY_POLICIES))["items"]
        assert (default["policy_id"], default["version"]) == ("default", 0)
        assert (await ask(to, subjects.QUERY_ABUSE_STATUS))["leading"] is True


async def test_on_reading_a_count_is_over_after_its_quiet_time_and_what_was_put_back_is_not_dismissed(
    nats: NatsServer, database: Database
) -> None:
    async with bus(nats) as to, tracker(nats, database):
        policy = Policy(reset_after_seconds=3600)
        await to.send(SetPolicy(**asked(policy_id="default", policy=policy)))
        old = incident(occurred_at=datetime.now(UTC) - timedelta(hours=2))
        await to.send(report(old))
        for command in (DismissIncidents, RestoreIncidents):
            await to.send(command(**asked(player=PLAYER, incident_ids=(old.incident_id,), reason="lag")))
        found = await ask(to, subjects.QUERY_ABUSE, player=PLAYER)
        assert (found["count"], found["abuse"]["total"], found["records"][0]["dismissed"]) == (0, 1, False)
        await to.send(report(incident()))
        assert (await ask(to, subjects.QUERY_ABUSE, player=PLAYER))["count"] == 1


async def test_a_rebuild_makes_the_same_read_models(nats: NatsServer, database: Database) -> None:
    policy = Policy(coalesce_seconds=0.5, reset_after_seconds=3600)
    async with bus(nats) as to, tracker(nats, database):
        await to.send(SetPolicy(**asked(policy_id="default", policy=policy)))
        reported = [incident(random.choice(["clip", "aimbot"])) for _ in range(30)]  # noqa: S311 - a test's variety
        await to.send(report(*reported))
        late = incident(occurred_at=datetime.now(UTC) - timedelta(days=1))
        await to.send(report(late, incident(), review=True))
        ids = (reported[0].incident_id,)
        await to.send(DismissIncidents(**asked(player=PLAYER, incident_ids=ids, reason="lag")))
        await to.send(ProtectPlayer(**asked(player=PLAYER, reason="streamer")))
        tables = ("players", "policies", "protected_players")
        before = [await rows(database, table) for table in tables]
        assert all(before)
        async with connected(database.admin_url, SCHEMA) as connection:
            await connection.execute("delete from players")
        assert await rebuild(database.admin_url) > 30
        assert [await rows(database, table) for table in tables] == before
        assert await options(database) == [("players", ["fillfactor=70"])]


async def options(database: Database) -> list[tuple[Any, ...]]:
    async with connected(database.admin_url, SCHEMA) as connection:
        of_tables = "relnamespace = current_schema::regnamespace and relkind = 'r' and reloptions is not null"
        return [
            tuple(row) for row in await connection.fetch(f"select relname, reloptions from pg_class where {of_tables}")
        ]


async def rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    async with connected(database.admin_url, SCHEMA) as connection:
        return [tuple(row) for row in await connection.fetch(f"select * from {table} order by 1, 2")]
