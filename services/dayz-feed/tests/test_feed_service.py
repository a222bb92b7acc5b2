"""The feed on real NATS, Postgres, FTP and SFTP: sources kept, logs followed, each act told once."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.errors import NoRespondersError
from prometheus_client import Gauge
from pydantic import BaseModel

from banstream_contracts import subjects
from banstream_contracts.abuse import Mode
from banstream_contracts.commands.log_sources import (
    AddLogSource,
    ChangeLogSource,
    PauseLogSource,
    RemoveLogSource,
    ResumeLogSource,
)
from banstream_contracts.infractions import Lifetime, Severity
from banstream_contracts.log_sources import Login, LogSourceKind
from banstream_contracts.players import Player
from banstream_dayz_feed.gauges import BEHIND, LAG
from banstream_dayz_feed.operations import SCHEMA, rebuild
from banstream_event_log.verification import verify
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, FtpServer
from banstream_remote_files.testing.sftp_server import sftp_server
from banstream_testing.abuse import SERVER_ID, asked, tracker
from banstream_testing.dayz_feed import (
    BUILDER,
    DAYZ_FEED_KEY,
    dayz_feed,
    file_name,
    header,
    local_login,
    new_source,
    placed,
    sealed_secret,
)
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import RESTRICTIONS, Bus, bus, service, service_process
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

pytest_plugins = ["banstream_remote_files.testing.fixtures"]

PLAYER = Player(service="dayz", id=BUILDER)


def recently(minutes: float = 2) -> datetime:
    """By a clock of the world without a zone, as the game has it; never so that midnight matters."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).replace(tzinfo=None, microsecond=0)


def ftp_login(server: FtpServer, **values: Any) -> dict[str, Any]:
    login = Login(kind=LogSourceKind.FTP, host="127.0.0.1", port=server.port, user=USER, folder="/config", **values)
    return {"login": login, "sealed_secret": sealed_secret(PASSWORD)}


def gauge(of: Gauge, source_id: str) -> float:
    (value,) = [each.value for each in next(iter(of.collect())).samples if each.labels["source"] == source_id]
    return float(value)


@dataclass
class Running:
    """A feed in a test, its database and the bus."""

    to: Bus
    url: str
    admin_url: str

    async def ask(self, subject: str, **question: Any) -> Any:
        dumped = {name: each.model_dump() if isinstance(each, BaseModel) else each for name, each in question.items()}

        async def answered() -> Any:
            with suppress(NoRespondersError):
                return await self.to.client.request(subject, json.dumps(dumped).encode(), timeout=30)
            return None

        return json.loads((await eventually(answered)).data)

    async def add(self, command: AddLogSource) -> str:
        result = await self.to.send(command)
        assert result.status == "applied", result.refusal
        return command.source_id

    async def progress(self, source_id: str) -> Any:
        return (await self.ask(subjects.QUERY_LOG_SOURCE, source_id=source_id))["progress"]

    async def until(self, source_id: str, holds: Any) -> Any:
        async def ask() -> Any:
            found = await self.progress(source_id)
            return found if holds(found) else None

        return await eventually(ask)

    async def findings(self, source_id: str, count: int, status: str | None = None) -> list[Any]:
        async def ask() -> Any:
            items = (await self.ask(subjects.QUERY_FINDINGS, source_id=source_id))["items"]
            return items if len(items) == count and all(status in {None, each["status"]} for each in items) else None

        if not count:
            return list((await self.ask(subjects.QUERY_FINDINGS, source_id=source_id))["items"])
        return list(await eventually(ask))


@asynccontextmanager
async def running(
    nats: NatsServer, database: Database, root: Path, *, feeds: bool = True, **settings: Any
) -> AsyncIterator[Running]:
    url = database.dayz_url
    async with bus(nats) as to:
        if not feeds:
            yield Running(to, url, database.admin_url)
            return
        async with dayz_feed(nats, url, root, **settings):
            yield Running(to, url, database.admin_url)


async def test_a_line_on_an_ftp_server_becomes_a_ban_in_force(
    nats: NatsServer, database: Database, plain_ftp: FtpServer
) -> None:
    """End to end: the log grows on the host, the finding becomes an incident, the incident a ban that shows why."""
    folder = plain_ftp.root / "config"
    folder.mkdir()
    began = recently()
    log = folder / file_name(began)
    log.write_bytes(header(began) + placed(began, 2))
    async with (
        running(nats, database, plain_ftp.root) as feed,
        service(nats, database),
        tracker(nats, database),
    ):
        source_id = await feed.add(new_source(**ftp_login(plain_ftp)))
        await feed.until(source_id, lambda found: found["lines"] > 4)
        assert await feed.findings(source_id, 0) == []
        with log.open("ab") as growing:
            growing.write(placed(began + timedelta(seconds=2), 1)[:-1])
        await feed.until(source_id, lambda found: found["size"] > found["offset"])
        with log.open("ab") as growing:
            growing.write(b"\n")
        (finding,) = await feed.findings(source_id, 1, "recorded")
        assert (finding["category"], finding["mode"], finding["is_late"]) == ("lag_machine", "act", False)
        page = await feed.ask(subjects.QUERY_FINDINGS, source_id=source_id, cursor="9" * 64)
        assert page["items"] == [finding]

        async def banned() -> Any:
            standing = await feed.to.entry(RESTRICTIONS, PLAYER.token)
            return standing and standing["restrictions"]

        (restriction,) = await eventually(banned)
        found = await feed.ask(subjects.QUERY_INFRACTION, infraction_id=restriction["infraction_id"])
        ban = found["infraction"]
        assert (ban["lifetime"], ban["category"], ban["severity"]) == (
            Lifetime.PERMANENT,
            "lag_machine",
            Severity.CRITICAL,
        )
        assert (ban["player_name"], ban["server_id"], ban["reason"]) == ("Survivor", SERVER_ID, finding["summary"])
        assert ban["evidence"].count("placed Fence Kit<FenceKit>") == 3
        incident = await feed.ask(subjects.QUERY_INCIDENT, incident_id=finding["incident_id"])
        assert incident["record"]["details"]["file"] == log.name
        shown = await feed.progress(source_id)
        assert (shown["file"], shown["offset"], shown["unknown_lines"]) == (log.name, log.stat().st_size, 0)
        assert shown["last_line_at"][:19] == (began + timedelta(seconds=2)).isoformat()[:19]

        async def is_measured() -> bool:  # at the end of a poll, after what it found was told
            return gauge(BEHIND, source_id) == 0

        await eventually(is_measured)
        assert 0 <= gauge(LAG, source_id) < 60


async def test_an_sftp_server_is_followed_over_a_rotation(
    nats: NatsServer, database: Database, server_root: Path, tmp_path: Path
) -> None:
    first, second = recently(10), recently(5)
    (server_root / file_name(first)).write_bytes(header(first) + placed(first, 4))
    async with sftp_server(server_root) as server, running(nats, database, tmp_path) as feed:
        login = Login(
            kind=LogSourceKind.SFTP,
            host="127.0.0.1",
            port=server.port,
            user=USER,
            folder="/",
            fingerprint=server.fingerprint,
        )
        source_id = await feed.add(new_source(login, sealed_secret=sealed_secret(PASSWORD)))
        await feed.findings(source_id, 1)
        (server_root / file_name(second)).write_bytes(header(second) + placed(second, 4, "B" * 40)[:-1])
        await feed.until(source_id, lambda found: found["file"] == file_name(second))
        with (server_root / file_name(second)).open("ab") as growing:
            growing.write(b"\n" + placed(second + timedelta(seconds=90), 1))
        await feed.until(source_id, lambda found: found["offset"] == found["size"] > 700)
        assert [each["file"] for each in await feed.findings(source_id, 2)] == [file_name(second), file_name(first)]


async def test_old_lines_are_recorded_and_never_act(nats: NatsServer, database: Database, tmp_path: Path) -> None:
    began = recently(120)
    (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4) + placed(recently(1), 3, "B" * 40))
    async with running(nats, database, tmp_path) as feed, service(nats, database), tracker(nats, database):
        source_id = await feed.add(new_source(local_login()))
        recent, old = await feed.findings(source_id, 2, "recorded")
        assert [(each["is_late"], each["mode"]) for each in (recent, old)] == [(False, "act"), (True, "record")]

        async def banned() -> Any:
            return await feed.to.entry(RESTRICTIONS, f"dayz={'B' * 40}")

        await eventually(banned)
        assert await feed.to.entry(RESTRICTIONS, PLAYER.token) is None
        abuse = await feed.ask(subjects.QUERY_ABUSE, player=PLAYER, server_id=SERVER_ID)
        assert (abuse["count"], len(abuse["records"]), abuse["records"][0]["mode"]) == (0, 1, Mode.RECORD)


async def test_a_server_without_rest_and_a_connection_cut_in_the_middle(
    nats: NatsServer, database: Database, plain_ftp: FtpServer
) -> None:
    folder = plain_ftp.root / "config"
    folder.mkdir()
    began = recently()
    log = folder / file_name(began)
    noise = b"".join(placed(began, 1, f"{number:040X}") for number in range(1200))
    log.write_bytes(header(began) + noise + placed(began, 4))
    plain_ftp.faults.refused_commands |= {"REST"}
    plain_ftp.faults.cut_sent_after = 50_000
    async with running(nats, database, plain_ftp.root) as feed:
        source_id = await feed.add(new_source(**ftp_login(plain_ftp)))
        broken = await feed.until(source_id, lambda found: found["last_error"])
        assert "127.0.0.1" in broken["last_error"]
        assert PASSWORD not in broken["last_error"]
        assert await feed.findings(source_id, 0) == []
        plain_ftp.faults.cut_sent_after = None
        await feed.findings(source_id, 1)
        with log.open("ab") as growing:
            growing.write(placed(began, 1, "C" * 40))
        size = log.stat().st_size
        await feed.until(source_id, lambda found: (found["offset"], found["failing_since"]) == (size, None))
        assert len(await feed.findings(source_id, 1)) == 1


async def test_a_broken_source_delays_nobody_else(nats: NatsServer, database: Database, tmp_path: Path) -> None:
    began = recently()
    (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4))
    async with running(nats, database, tmp_path) as feed:
        nowhere = Login(kind=LogSourceKind.FTP, host="127.0.0.1", port=1, user="u", folder="/")
        broken = await feed.add(new_source(nowhere, sealed_secret=sealed_secret("x")))
        missing = await feed.add(new_source(local_login("not-there")))
        good = await feed.add(new_source(local_login()))
        await feed.findings(good, 1)
        for source_id in (broken, missing):
            found = await feed.until(source_id, lambda found: found["last_error"])
            assert found["failing_since"]
        tested = await feed.ask(subjects.QUERY_LOG_SOURCE_TEST, source_id=broken)
        assert tested["is_known"]
        assert "127.0.0.1" in tested["error"]
        tested = await feed.ask(subjects.QUERY_LOG_SOURCE_TEST, source_id=good)
        assert (tested["error"], tested["logs"], tested["newest"]) == (None, 1, file_name(began))
        assert not (await feed.ask(subjects.QUERY_LOG_SOURCE_TEST, source_id="0" * 24))["is_known"]


async def test_a_kill_between_polls_and_in_the_middle_of_keeping_finds_nothing_twice(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    """A trigger holds the transaction open after the finding is written; then its process is killed."""
    began = recently()
    log = tmp_path / file_name(began)
    log.write_bytes(header(began) + placed(began, 2))
    settings = {
        "BANSTREAM_DAYZ_FEED_MASTER_KEY": DAYZ_FEED_KEY.hex(),
        "BANSTREAM_DAYZ_FEED_LOCAL_ROOT": str(tmp_path),
    }
    async with running(nats, database, tmp_path, feeds=False) as feed:
        with service_process(nats, feed.url, "banstream_dayz_feed", settings) as process:
            source_id = await feed.add(new_source(local_login()))
            await feed.until(source_id, lambda found: found["lines"] > 4)
            process.kill()
        async with connected(feed.admin_url, SCHEMA) as admin:
            await admin.execute(
                "create function held() returns trigger language plpgsql as"
                " $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;"
                "create trigger held before update on positions for each row execute function held()"
            )
            await admin.execute("select pg_advisory_lock(4711)")
            with log.open("ab") as growing:
                growing.write(placed(began + timedelta(seconds=2), 2))
            with service_process(nats, feed.url, "banstream_dayz_feed", settings) as process:

                async def waits() -> bool:
                    return bool(
                        await admin.fetchval(
                            "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted"
                        )
                    )

                await eventually(waits)
                process.kill()
            await admin.execute("select pg_advisory_unlock(4711)")
            await admin.execute("drop trigger held on positions")
            await eventually(lambda: _nobody_connected(admin))
            assert await admin.fetchval("select count(*) from findings") == 0
        async with dayz_feed(nats, feed.url, tmp_path):
            await feed.findings(source_id, 1, "sent")
            assert (await feed.progress(source_id))["offset"] == log.stat().st_size
        commands = await feed.to.client.jetstream().stream_info(
            "COMMANDS", subjects_filter="banstream.command.abuse-tracker.>"
        )
        assert commands.state.messages == 1


async def _nobody_connected(admin: Any) -> bool:
    return not await admin.fetchval("select count(*) from pg_stat_activity where usename = 'banstream_dayz_feed'")


async def test_the_same_log_served_anew_doubles_nothing(nats: NatsServer, database: Database, tmp_path: Path) -> None:
    began = recently()
    log = tmp_path / file_name(began)
    content = header(began) + placed(began, 4)
    log.write_bytes(content)
    async with running(nats, database, tmp_path) as feed, service(nats, database), tracker(nats, database):
        source_id = await feed.add(new_source(local_login()))
        await feed.findings(source_id, 1, "recorded")
        log.write_bytes(content[:200])
        await feed.until(source_id, lambda found: "in place of" in (found["note"] or ""))
        await feed.until(source_id, lambda found: found["offset"] <= 200)
        log.write_bytes(content)
        await feed.until(source_id, lambda found: found["offset"] == len(content))
        again = await feed.add(new_source(local_login()))
        await feed.until(again, lambda found: found and found["offset"] == len(content))
        assert len(await feed.findings(source_id, 1)) == 1
        assert await feed.findings(again, 0) == []
        abuse = await feed.ask(subjects.QUERY_ABUSE, player=PLAYER, server_id=SERVER_ID)
        assert abuse["abuse"]["total"] == 1


async def test_sources_are_kept_as_events_and_can_be_made_anew(
    nats: NatsServer, database: Database, tmp_path: Path
) -> None:
    began = recently()
    (tmp_path / file_name(began)).write_bytes(header(began) + placed(began, 4))
    async with running(nats, database, tmp_path) as feed:
        added = new_source(local_login(), name="One")
        await feed.add(added)
        about: dict[str, Any] = {"source_id": added.source_id}
        paused = await feed.to.send(PauseLogSource(**asked(**about, reason="moving")))
        assert paused.log_source
        assert paused.log_source.status == "paused"
        assert (await feed.to.send(PauseLogSource(**asked(**about)))).status == "unchanged"
        changed = await feed.to.send(ChangeLogSource(**asked(**about, name="Two", time_zone="Europe/Berlin")))
        assert changed.log_source
        assert (changed.log_source.name, changed.log_source.time_zone) == ("Two", "Europe/Berlin")
        assert (await feed.to.send(ChangeLogSource(**asked(**about, name="Two")))).status == "unchanged"
        refused = await feed.to.send(ChangeLogSource(**asked(**about, rules={"buidl_rate": {}})))
        assert refused.refusal
        assert (refused.refusal.code, "build_rate" in refused.refusal.message) == ("invalid-log-source", True)
        assert (await feed.to.send(ResumeLogSource(**asked(**about)))).status == "applied"
        other = await feed.add(new_source(local_login()))
        assert (await feed.to.send(RemoveLogSource(**asked(source_id=other)))).status == "applied"
        gone = await feed.to.send(PauseLogSource(**asked(source_id=other)))
        assert gone.refusal
        assert gone.refusal.code == "unknown-log-source"
        before = await feed.ask(subjects.QUERY_LOG_SOURCES)
        assert [each["source"]["name"] for each in before["items"]] == ["Two"]
        assert await rebuild(feed.admin_url) == 6
        after = await feed.ask(subjects.QUERY_LOG_SOURCES)
        assert after["items"][0]["source"] == before["items"][0]["source"]
        async with connected(feed.admin_url, SCHEMA) as connection:
            assert (await verify(connection)).broken_at is None
        events = [json.loads(message.data) for message in await feed.to.events(6)]
        assert not any("login" in event or "sealed_secret" in event or "rules" in event for event in events)


@pytest.mark.parametrize(
    ("login", "secret", "why"),
    [
        (Login(kind=LogSourceKind.FTP, folder="/"), "x", "host"),
        (Login(kind=LogSourceKind.FTP, host="a.example", user="u", folder="/"), None, "secret"),
        (Login(kind=LogSourceKind.SFTP, host="a.example", user="u", folder="/"), "x", "fingerprint"),
        (Login(kind=LogSourceKind.FTP, host="a.example", user="u", folder="/"), "x\ny", "control character"),
    ],
    ids=["no-host", "no-secret", "no-fingerprint", "control-character"],
)
async def test_a_login_that_cannot_be_used_is_refused(
    nats: NatsServer, database: Database, tmp_path: Path, login: Login, secret: str | None, why: str
) -> None:
    async with running(nats, database, tmp_path) as feed:
        command = new_source(login, sealed_secret=sealed_secret(secret) if secret else None)
        result = await feed.to.send(command)
        assert result.refusal
        assert why in result.refusal.message
