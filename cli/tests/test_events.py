import asyncio
import json
import os
import signal
import subprocess
from datetime import UTC, datetime

import pytest
from cli.tests.commands_for_tests import issue, lift, send
from cli.tests.conftest import Run, Start
from nats.aio.client import Client

from banstream_cli.direct import following
from banstream_cli.direct.bus import operator
from banstream_cli.direct.event_logs import LogName
from banstream_cli.settings import NatsLogin
from banstream_contracts import streams
from banstream_contracts.players import Player
from banstream_testing.abuse import incident, report
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually


async def published(client: Client, count: int) -> bool:
    return (await client.jetstream().stream_info(streams.EVENTS)).state.messages >= count


async def line_of(process: "subprocess.Popen[bytes]", *, stderr: bool = False) -> str:
    pipe = process.stderr if stderr else process.stdout
    assert pipe is not None
    async with asyncio.timeout(60):
        return (await asyncio.to_thread(pipe.readline)).decode()


async def consumers(client: Client) -> bool:
    """Whether somebody follows who is no service."""
    return any(info.config.durable_name is None for info in await client.jetstream().consumers_info(streams.EVENTS))


async def is_connected(client: Client, *, wanted: bool = True) -> bool:
    return client.is_connected is wanted


async def test_events_from_the_start_as_cloud_events(infractions: Client, run: Run) -> None:
    first, second = issue("1", note="secret"), issue("2")
    await send(infractions, first, second, lift(first.infraction_id))
    await eventually(lambda: published(infractions, 3))
    outcome = await run("events", "tail", "--from-start", "--json", "-n", "3")
    assert (outcome.code, outcome.err) == (0, "")
    assert [each["type"] for each in outcome.lines] == ["banstream.infraction.issued"] * 2 + [
        "banstream.infraction.lifted"
    ]
    assert [each["position"] for each in outcome.lines] == [1, 2, 3]
    assert outcome.lines[0]["subject"] == "player:roblox:1"
    assert outcome.lines[0]["data"]["reason"] == "aimbot"
    assert "secret" not in outcome.out


async def test_a_stdout_that_the_caller_closed_ends_the_tail(infractions: Client, start: Start) -> None:
    await send(infractions, issue("1"))
    tail = start("events", "tail", "--from-start", stdout=None, preexec_fn=lambda: os.close(1))
    _, err = await asyncio.to_thread(tail.communicate, timeout=60)
    assert tail.returncode == 2
    assert err == b"banstream: stdout cannot be written: Bad file descriptor\n"


async def test_events_are_chosen_by_position_type_player_and_time(infractions: Client, run: Run) -> None:
    first, second = issue("1"), issue("2")
    await send(infractions, first, second, lift(first.infraction_id))
    await eventually(lambda: published(infractions, 3))
    for arguments, positions in (
        (("--from-position", "2", "-n", "2"), [2, 3]),
        (("--from-start", "--type", "infraction.lifted", "-n", "1"), [3]),
        (("--from-start", "--player", "roblox:2", "-n", "1"), [2]),
        (("--from-start", "--player", "roblox:1", "--type", "infraction.lifted", "-n", "1"), [3]),
        (("--since", "10m", "-n", "3"), [1, 2, 3]),
        (("--since", datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "-n", "3"), [1, 2, 3]),
    ):
        outcome = await run("events", "tail", *arguments, "--format", "json")
        assert [each["position"] for each in outcome.lines] == positions, arguments


async def test_an_event_is_one_line_of_text(infractions: Client, run: Run) -> None:
    command = issue(player=Player(service="other", id="[red]x[/red]"), reason="spam: [bold]\u202eevil" + "x" * 500)
    await send(infractions, command)
    await eventually(lambda: published(infractions, 1))
    outcome = await run("events", "tail", "--from-start", "-n", "1", "--utc")
    (line,) = outcome.out.splitlines()
    assert "other:[red]x[/red] ban permanent " in line
    assert '"spam: [bold]\\u202eevilxxx' in line
    assert line.endswith('x" by moderator (token)')
    assert line.startswith(command.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ infraction.issued "))


async def test_a_tail_ends_with_0_at_ctrl_c_and_prints_each_event_at_once(infractions: Client, start: Start) -> None:
    tail = start("events", "tail", "--json")
    await eventually(lambda: consumers(infractions))
    await send(infractions, issue("7"))
    assert json.loads(await line_of(tail))["data"]["player"]["id"] == "7"
    tail.send_signal(signal.SIGINT)
    out, err = await asyncio.to_thread(tail.communicate, timeout=60)
    assert (tail.returncode, out, err) == (0, b"", b"")


async def test_a_tail_goes_on_where_it_was_when_nats_comes_back(bus: Client, nats: NatsServer, start: Start) -> None:
    """Also one that had seen nothing yet: it does not start over."""
    jetstream = bus.jetstream()

    async def publish(player_id: str, position: int) -> None:
        subject = f"banstream.event.infraction.issued.roblox={player_id}"
        body = json.dumps({"type": "infraction.issued", "player": {"service": "roblox", "id": player_id}})
        await jetstream.publish(subject, body.encode(), headers={"ce-position": str(position)})

    await publish("1", 1)
    tail = start("events", "tail", "--json")
    await eventually(lambda: consumers(bus))
    await asyncio.to_thread(nats.kill)
    assert "NATS is away" in await line_of(tail, stderr=True)
    await asyncio.to_thread(nats.start)
    assert "NATS is back" in await line_of(tail, stderr=True)

    await eventually(lambda: is_connected(bus))
    for position in (2, 3):
        await publish(str(position), position)
        assert json.loads(await line_of(tail))["position"] == position
    tail.send_signal(signal.SIGINT)
    await asyncio.to_thread(tail.communicate, timeout=60)
    assert tail.returncode == 0


async def test_who_begins_to_follow_while_nats_is_away_waits_for_it(bus: Client, nats: NatsServer) -> None:
    async with operator(NatsLogin(nats.url)) as client:
        await asyncio.to_thread(nats.kill)
        await eventually(lambda: is_connected(client, wanted=False))
        events = following.follow(client, "banstream.event.*.*.*", following.Start(sequence=1))
        first = asyncio.ensure_future(anext(events))
        await asyncio.to_thread(nats.start)
        await eventually(lambda: is_connected(bus))
        await bus.jetstream().publish("banstream.event.infraction.issued.a", b"{}")
        assert (await first).subject == "banstream.event.infraction.issued.a"


async def test_a_tail_whose_reader_has_gone_ends_quietly(bus: Client, start: Start) -> None:
    read_end, write_end = os.pipe()
    tail = start("events", "tail", "--json", "--from-start", stdout=write_end)
    os.close(write_end)
    os.close(read_end)
    for number in range(3):
        await bus.jetstream().publish(
            "banstream.event.infraction.issued.a", b"{}", headers={"ce-position": str(number)}
        )
    _, err = await asyncio.to_thread(tail.communicate, timeout=60)
    assert (tail.returncode, err) == (141, b"")


async def test_an_unreadable_event_is_shown_and_the_tail_goes_on(bus: Client, run: Run) -> None:
    for body in (b"\xff", b"[]", b'{"player": 5, "punishments": "ban", "actor": [], "changes": 3, "reason": {}}'):
        await bus.jetstream().publish("banstream.event.infraction.amended.a", body)
    for form in ("text", "json"):
        outcome = await run("events", "tail", "--from-start", "-n", "3", "--format", form)
        assert (outcome.code, outcome.out.count("\n")) == (0, 3), outcome


@pytest.mark.usefixtures("bus")
async def test_an_unknown_type_is_wrong_use(run: Run) -> None:
    outcome = await run("events", "tail", "--type", "infraction.isued")
    assert outcome.code == 2
    assert "infraction.issued" in outcome.complaint


async def relayed(client: Client, source: str, position: int) -> None:
    """An event as a relay publishes it, by the stream that holds events of every source."""
    things = {"abuse-tracker": "abuse", "notifier": "target", "ftp-sync": "ban_file", "dayz-feed": "log_source"}
    aggregate = things.get(source) or ("credential", "infraction", "player")[position % 3]
    given = {"ce-position": str(position), "ce-source": f"banstream/{source}"}
    await client.jetstream().publish(f"banstream.event.{aggregate}.x.a", b"{}", headers=given)


async def test_a_position_counts_in_the_log_of_its_source(bus: Client, run: Run) -> None:
    """Events of two logs are mixed, and the first of them have aged out."""
    infractions, tracker = iter(range(1, 40)), iter(range(1, 40))
    for source in "iaaaaiaiiaiiiiiaaaaaaaiiaiaiaiiiaa":
        if source == "i":
            await relayed(bus, "infractions", next(infractions))
        else:
            await relayed(bus, "abuse-tracker", next(tracker))
    for aged_out in range(1, 4):
        await bus.jetstream().delete_msg(streams.EVENTS, aged_out)
    for source, first, last in (("infractions", 2, 16), ("abuse-tracker", 3, 18)):
        for position in (1, first, first + 1, 9, last):
            wanted = list(range(max(position, first), last + 1))
            arguments = ("--from-position", str(position), "--source", source, "-n", str(len(wanted)))
            outcome = await run("events", "tail", *arguments, "--json")
            assert [each["position"] for each in outcome.lines] == wanted, (source, position)
            assert {each["source"] for each in outcome.lines} == {f"banstream/{source}"}


async def test_every_log_has_positions_to_begin_at(bus: Client, run: Run) -> None:
    for position in (1, 2, 3):
        for source in LogName:
            await relayed(bus, source.value, position)
    for source in LogName:
        outcome = await run("events", "tail", "--source", source.value, "--from-position", "2", "-n", "2", "--json")
        assert [(each["source"], each["position"]) for each in outcome.lines] == [
            (f"banstream/{source}", 2),
            (f"banstream/{source}", 3),
        ]


async def test_events_of_the_other_log_are_told_too(bus: Client, run: Run) -> None:
    for position in (1, 2, 3):
        await relayed(bus, "abuse-tracker", position)
        await relayed(bus, "infractions", position)
    outcome = await run("events", "tail", "--from-position", "2", "-n", "3", "--json")
    assert [(each["source"][10:], each["position"]) for each in outcome.lines] == [
        ("infractions", 2),
        ("abuse-tracker", 3),
        ("infractions", 3),
    ]


@pytest.mark.usefixtures("tracker")
async def test_what_the_abuse_tracker_says_is_followed(infractions: Client, run: Run) -> None:
    await send(infractions, report(*(incident() for _ in range(3))), issue("9"))
    await eventually(lambda: published(infractions, 5))
    outcome = await run("events", "tail", "--source", "abuse-tracker", "--from-position", "4", "-n", "1")
    assert 'abuse.threshold_reached roblox:1 warn at 3 under default: warning "speed_hack"' in outcome.out
    chosen = await run("events", "tail", "--type", "abuse.detected", "--from-start", "-n", "3", "--json")
    assert [each["data"]["count"] for each in chosen.lines] == [1, 2, 3]
