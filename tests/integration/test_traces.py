"""What can be seen of the whole system: one trace from the request to the last hop, log lines that name it, metrics."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from banstream_contracts import streams
from banstream_decider import event_consumers
from banstream_remote_files.testing.ftp_server import PASSWORD, USER, ftp_server
from banstream_runtime.connection import NatsSettings, connect
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.otlp import Collector, ExportedSpan, collector
from banstream_testing.processes import METRICS
from banstream_testing.servers import PostgresServer
from banstream_testing.steps import Answer, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
DOCUMENT = Path(__file__).parents[2] / "docs/metrics.md"
NAME, REASON, ADDRESS = "Xx_somebody_xX", "walked-through-a-wall", "203.0.113.77"
PRODUCER, CONSUMER, CLIENT, SERVER = 4, 5, 3, 2


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole system that is traced, with somebody to tell and a file to keep."""

    system: System
    collector: Collector
    discord: DiscordStandIn
    file: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncIterator[Seen]:
    folder = tmp_path_factory.mktemp("game")
    with ExitStack() as stack:
        server = stack.enter_context(ftp_server(folder))
        async with collector() as collected, discord_stand_in() as discord:
            settings = {
                **METRICS,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collected.url,
                "OTEL_TRACES_SAMPLER": "parentbased_always_on",
                "OTEL_BSP_SCHEDULE_DELAY": "50",
            }
            running = running_system(settings=settings, console=True, ftp_sync=True, dayz_feed=True, postgres=postgres)
            async with running as system:
                target = {"name": "Staff", "language": "en", "kind": "discord", "url": discord.webhook("t" * 40)}
                place = {"kind": "ftp", "host": "127.0.0.1", "port": server.port, "user": USER, "path": "ban.txt"}
                file = {"name": "Chernarus", "format": "dayz", "place": place, "password": PASSWORD}
                assert (await administer(system, "/v1/targets", target)).status == 201
                made = await administer(system, "/v1/ban-files", {**file, "policy": {"may_create": True}})
                assert made.status == 201
                await following(system, made.body["id"])
                yield Seen(system, collected, discord, folder / "ban.txt")


async def administer(system: System, path: str, body: object) -> Answer:
    """As an administrator."""
    return await call(system, "POST", path, body, token=system.admin_token)


async def following(system: System, ban_file_id: str) -> None:
    """Until the file is kept, and what happens from now on is heard for it."""

    async def is_kept() -> bool:
        answer = await call(system, "GET", f"/v1/ban-files/{ban_file_id}", token=system.admin_token)
        return answer.body["progress"].get("outcome") is not None

    await eventually(is_kept)
    client = await connect(NatsSettings(nats_url=system.nats.url), "test", timeout_seconds=30)

    async def is_heard() -> bool:
        return await event_consumers.exists(client, event_consumers.spec_of(streams.FTP_SYNC, ban_file_id))

    await eventually(is_heard)
    await client.close()


async def banned(seen: Seen, trace: str, player: str) -> None:
    """A ban within a caller's trace, told and written."""
    body = {
        "player": {"service": "dayz", "id": player, "name": NAME, "ip": ADDRESS},
        "punishments": ["ban"],
        "reason": REASON,
    }
    headers = {**seen.system.headers(), "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    async with seen.system.http.post(f"{seen.system.url}/v1/infractions", json=body, headers=headers) as answer:
        assert answer.status == 201, await answer.text()


async def trace_of(seen: Seen, trace: str, *names: str) -> dict[str, ExportedSpan]:
    """The spans of a trace by name, once those named have come."""

    async def complete() -> dict[str, ExportedSpan]:
        found = {f"{each.service.removeprefix('banstream-')}: {each.name}": each for each in seen.collector.of(trace)}
        return found if set(names) <= found.keys() else {}

    return await eventually(complete)


def new_player() -> str:
    return secrets.token_hex(20).upper()


HOPS = {
    "gateway: POST /v1/infractions": (SERVER, None),
    "gateway: send IssueInfraction": (PRODUCER, "gateway: POST /v1/infractions"),
    "infractions: infractions decide IssueInfraction": (CONSUMER, "gateway: send IssueInfraction"),
    "infractions: infractions commit": (1, "infractions: infractions decide IssueInfraction"),
    "infractions: relay infraction.issued": (PRODUCER, "infractions: infractions decide IssueInfraction"),
    "notifier: tell discord": (CLIENT, "infractions: relay infraction.issued"),
    "ftp-sync: ftp-sync attempt": (CONSUMER, "infractions: relay infraction.issued"),
    "ftp-sync: ftp-sync write ftp": (CLIENT, "ftp-sync: ftp-sync attempt"),
}


async def test_one_ban_is_one_trace_from_the_request_to_discord_and_the_file(seen: Seen) -> None:
    trace, player = secrets.token_hex(16), new_player()
    await banned(seen, trace, player)
    spans = await trace_of(seen, trace, *HOPS)
    assert {name: (spans[name].kind, spans[name].parent) for name in HOPS} == {
        name: (kind, spans[parent].id if parent else "b7ad6b7169203331") for name, (kind, parent) in HOPS.items()
    }
    assert not any(each.is_error for each in spans.values())
    assert spans["notifier: tell discord"].attributes["http.response.status_code"] == "200"
    assert spans["ftp-sync: ftp-sync write ftp"].attributes["banstream.outcome"] == "applied"
    assert spans["infractions: infractions decide IssueInfraction"].attributes["banstream.command.status"] == "applied"
    assert player in seen.file.read_text()


async def test_what_is_done_once_for_several_is_in_one_trace_and_linked_with_the_others(seen: Seen) -> None:
    traces = [secrets.token_hex(16) for _ in range(20)]
    await asyncio.gather(*(banned(seen, trace, new_player()) for trace in traces))

    def linked(name: str) -> set[str]:
        work = [each for each in seen.collector.spans if each.name == name]
        return {each.trace for each in work} | {trace for each in work for trace, _ in each.links}

    for name in ("infractions commit", "tell discord", "ftp-sync attempt"):

        async def all_of(name: str = name) -> bool:
            return set(traces) <= linked(name)

        await eventually(all_of)

    async def all_decided() -> list[ExportedSpan] | None:
        spans = [each for each in seen.collector.spans if each.name == "infractions decide IssueInfraction"]
        found = [each for each in spans if each.trace in traces]
        return found if len(found) >= len(traces) else None

    decided = await eventually(all_decided)
    commits = {each.id: each for each in seen.collector.spans if each.name == "infractions commit"}
    assert len(decided) == len(traces)
    for each in decided:
        own = [commit for commit in commits.values() if commit.parent == each.id]
        assert len(own) + len(each.links) == 1, "from every decision one step leads to its commit"
        assert all(span in commits for _, span in each.links)


async def test_a_trace_that_its_caller_does_not_record_is_recorded_nowhere(seen: Seen) -> None:
    quiet, loud = secrets.token_hex(16), secrets.token_hex(16)
    body = {"player": {"service": "roblox", "id": "4711"}, "punishments": ["ban"], "reason": REASON}
    headers = {**seen.system.headers(), "traceparent": f"00-{quiet}-b7ad6b7169203331-00"}
    async with seen.system.http.post(f"{seen.system.url}/v1/infractions", json=body, headers=headers) as answer:
        assert answer.status == 201
    await banned(seen, loud, new_player())
    await trace_of(seen, loud, *HOPS)
    assert seen.collector.of(quiet) == []


async def test_no_span_names_anybody(seen: Seen) -> None:
    trace, player = secrets.token_hex(16), new_player()
    await banned(seen, trace, player)
    await trace_of(seen, trace, *HOPS)
    personal = (player, NAME, REASON, ADDRESS, PASSWORD, seen.system.token, "t" * 40, "Chernarus", "dayz.")
    said = b"".join(seen.collector.raw)
    assert b"infractions commit" in said
    assert [each for each in personal if each.encode() in said] == []


async def test_log_lines_name_the_trace(seen: Seen) -> None:
    trace = secrets.token_hex(16)
    await banned(seen, trace, new_player())
    spans = await trace_of(seen, trace, *HOPS)

    async def logged() -> list[Any]:
        whole, _, _half = seen.system.deciders["ftp-sync"].output.rpartition("\n")
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if line.get("trace_id") == trace]

    of_trace = await eventually(logged)
    assert [line["event"] for line in of_trace] == ["attempted"]
    assert of_trace[0]["span_id"] == spans["ftp-sync: ftp-sync attempt"].id


def documented() -> dict[str, tuple[str, set[str], set[str]]]:
    """From the first table of docs/metrics.md: type, labels and services of each metric."""
    rows: dict[str, tuple[str, set[str], set[str]]] = {}
    for line in DOCUMENT.read_text().partition("## Of others")[0].splitlines():
        if line.startswith("| `banstream_"):
            name, kind, labels, services, _meaning = (cell.strip() for cell in line.strip("|").split("|"))
            rows[name.strip("`")] = (kind, words(labels), words(services))
    return rows


def words(cell: str) -> set[str]:
    deciders = set(streams.EVENTS_OF) if cell == "all deciders" else set()
    return deciders or {word.strip(" `") for word in cell.split(",")} - {"none"}


async def scraped(system: System) -> dict[str, dict[str, Any]]:
    """The families of each service that are ours."""
    found: dict[str, dict[str, Any]] = {}
    for service in system.services:
        async with system.http.get(service.metrics_url) as answer:
            assert answer.status == 200
            families = text_string_to_metric_families(await answer.text())
        own = {each.name: each for each in families if each.name.startswith("banstream_")}
        found[service.name.removesuffix("-1")] = own
    return found


async def test_the_document_lists_what_every_service_exposes(seen: Seen) -> None:
    table, found = documented(), await scraped(seen.system)
    exposed: dict[str, set[str]] = {}
    for service, families in found.items():
        for name, family in families.items():
            full = f"{name}_total" if family.type == "counter" else name
            if family.type == "gauge" and name.endswith("_created"):
                continue
            exposed.setdefault(full, set()).add(service)
            assert full in table, f"{full} of {service} is not in docs/metrics.md"
            kind, labels, _ = table[full]
            assert kind == family.type, full
            seen_labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            assert seen_labels <= labels, full
    assert {name: services for name, (_, _, services) in table.items()} == exposed


async def test_lag_of_every_durable_consumer_is_told_once(seen: Seen) -> None:
    async def told() -> list[tuple[str, str]]:
        found = []
        for families in (await scraped(seen.system)).values():
            pending = families.get("banstream_consumer_pending_messages")
            found += [(each.labels["stream"], each.labels["consumer"]) for each in pending.samples] if pending else []
        kinds = sorted((stream, consumer.partition("-")[0]) for stream, consumer in found)
        return found if kinds == EXPECTED else []

    assert len(set(await eventually(told))) == len(EXPECTED)


EXPECTED = sorted(
    [
        ("COMMANDS", "abuse"),
        ("COMMANDS", "dayz"),
        ("COMMANDS", "ftp"),
        ("COMMANDS", "infractions"),
        ("COMMANDS", "notifier"),
        ("EVENTS", "abuse"),
        ("EVENTS", "ftp"),
        ("EVENTS", "ftp"),
        ("EVENTS", "notifier"),
    ]
)
