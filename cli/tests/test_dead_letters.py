import asyncio
from typing import Any

import pytest
from cli.tests.commands_for_tests import issue
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_cli.direct import dead_letters
from banstream_contracts import headers, streams, subjects
from banstream_contracts.queries.infractions import CommandFound, GetCommand
from banstream_runtime.dead_letters import bury
from banstream_testing.abuse import incident, report
from banstream_testing.waiting import eventually


async def die(
    client: Client,
    subject: str,
    payload: bytes,
    reason: str,
    consumer: str = streams.INFRACTIONS,
    whose: str = "",
    **given: str,
) -> None:
    """Bury a message as a consumer does."""
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    await client.publish(inbox, payload, headers={headers.MESSAGE_ID: "first", **given})
    message = await subscription.next_msg(60)
    message.subject = subject
    number = await count(client, streams.DEAD) + 1
    message.reply = f"$JS.ACK.COMMANDS.{consumer}.1.{number}.{number}.{number}000000000.0"
    await bury(client, consumer, message, reason, consumer=whose)


async def count(client: Client, stream: str) -> int:
    return (await client.jetstream().stream_info(stream)).state.messages


@pytest.mark.usefixtures("bus")
async def test_none_is_said(run: Run) -> None:
    assert (await run("dead", "list", "--json")).json == {"items": []}
    told = await run("dead", "list")
    assert (told.code, told.out) == (0, "")
    assert "no dead letters" in told.complaint


async def test_they_are_listed_and_shown(bus: Client, run: Run) -> None:
    command = issue("1")
    await die(
        bus, subjects.command(command), command.model_dump_json().encode(), "KeyError: [red]x[/red]", traceparent="t"
    )
    await die(bus, "banstream.command.infractions.odd.x", b"\xff\x1b[2J", "unreadable: \u202e")
    (first, second) = (await run("dead", "list", "--json")).json["items"]
    assert (first["sequence"], first["consumer"], first["subject"]) == (1, "infractions", subjects.command(command))
    assert second["reason"] == "unreadable: ?"
    assert "[red]x[/red]" in (await run("dead", "list")).out
    shown = (await run("dead", "show", "1", "--json")).json
    assert shown["content"]["reason"] == "aimbot"
    told = await run("dead", "show", "2")
    assert told.code == 0
    assert "\\xff\\x1b[2J" in told.out


async def test_a_retry_is_carried_out_and_only_then_the_letter_goes(infractions: Client, run: Run) -> None:
    command = issue("1")
    await die(infractions, subjects.command(command), command.model_dump_json().encode(), "x")
    outcome = await run("dead", "retry", "1", "--json")
    assert (outcome.code, outcome.json) == (0, {"retried": [1], "kept": []})

    async def is_applied() -> Any:
        question = GetCommand(command_id=command.command_id).model_dump_json().encode()
        reply = await infractions.request(subjects.QUERY_COMMAND, question, timeout=30)
        return CommandFound.model_validate_json(reply.data).result

    assert (await eventually(is_applied)).status == "applied"
    assert await count(infractions, streams.DEAD) == 0


async def test_letters_of_the_abuse_tracker_are_listed_shown_and_retried(tracker: Client, run: Run) -> None:
    command = report(incident())
    await die(tracker, subjects.command(command), command.model_dump_json().encode(), "x", streams.ABUSE_TRACKER)
    (letter,) = (await run("dead", "list", "--json")).json["items"]
    assert (letter["consumer"], letter["subject"]) == ("abuse-tracker", subjects.command(command))
    assert (await run("dead", "show", "1", "--json")).json["content"]["incidents"][0]["reason"] == "speed_hack"
    assert (await run("dead", "retry", "1", "--json")).json == {"retried": [1], "kept": []}

    async def is_recorded() -> Any:
        question = GetCommand(command_id=command.command_id).model_dump_json().encode()
        reply = await tracker.request(subjects.QUERY_ABUSE_COMMAND, question, timeout=30)
        return CommandFound.model_validate_json(reply.data).result

    assert (await eventually(is_recorded)).incidents[0].status == "recorded"
    assert await count(tracker, streams.DEAD) == 0


async def test_a_retried_message_is_the_original_without_our_headers(bus: Client, run: Run) -> None:
    command = issue("1")
    payload = command.model_dump_json().encode()
    await die(bus, subjects.command(command), payload, "x", traceparent="t")
    assert (await run("dead", "retry", "1")).code == 0
    stored = await bus.jetstream().get_msg(streams.COMMANDS, 1)
    assert (stored.subject, stored.data) == (subjects.command(command), payload)
    assert stored.headers == {
        "traceparent": "t",
        headers.MESSAGE_ID: f"retry-1-{command.command_id}",
        "Nats-Expected-Stream": streams.COMMANDS,
    }


async def test_retrying_twice_at_once_stores_it_once(bus: Client, run: Run) -> None:
    command = issue("1")
    for _ in range(3):
        await die(bus, subjects.command(command), command.model_dump_json().encode(), "x")
    letter = await dead_letters.letter(bus, 1)
    await asyncio.gather(dead_letters.retry(bus, letter), dead_letters.retry(bus, letter))
    assert (await count(bus, streams.COMMANDS), await count(bus, streams.DEAD)) == (1, 2)
    assert (await run("dead", "retry", "--all", "--json")).json["retried"] == [2, 3]
    assert (await count(bus, streams.COMMANDS), await count(bus, streams.DEAD)) == (3, 0)


async def test_what_jetstream_did_not_store_stays(bus: Client, run: Run) -> None:
    command = issue("1")
    await die(bus, subjects.command(command), command.model_dump_json().encode(), "x")
    await bus.jetstream().delete_stream(streams.COMMANDS)
    outcome = await run("dead", "retry", "1")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert await count(bus, streams.DEAD) == 1


async def test_only_commands_are_sent_again(bus: Client, run: Run) -> None:
    """A letter with a forged subject must not make the operator publish anywhere."""
    for subject in ("banstream.event.infraction.issued.a", "$JS.API.STREAM.DELETE.EVENTS", ""):
        await die(bus, subject, b"{}", "x")
    outcome = await run("dead", "retry", "--all", "--json")
    assert (outcome.code, outcome.json["retried"], len(outcome.json["kept"])) == (1, [], 3)
    assert await count(bus, streams.DEAD) == 3
    assert await count(bus, streams.EVENTS) == 0


async def test_what_a_header_asked_of_another_stream_is_not_asked_again(bus: Client, run: Run) -> None:
    """Earlier releases put all headers of a message aside."""
    dead = (await bus.jetstream().stream_info(streams.DEAD)).state.last_seq
    subject = "banstream.command.infractions.odd.x"
    await bus.jetstream().publish(subject, b"{}")
    given = {headers.DEAD_SUBJECT: subject, "Nats-Expected-Last-Sequence": str(dead)}
    await bus.jetstream().publish(subjects.dead(streams.INFRACTIONS), b"{}", headers=given)
    assert (await run("dead", "retry", "--all")).code == 0
    assert (await count(bus, streams.COMMANDS), await count(bus, streams.DEAD)) == (2, 0)


async def test_half_a_command_is_not_sent_again(bus: Client, run: Run) -> None:
    await die(bus, "banstream.command.infractions.odd.x", b"x" * (bus.max_payload - 4096), "x")
    outcome = await run("dead", "retry", "1")
    assert (outcome.code, "too large to be kept whole" in outcome.complaint) == (1, True)
    assert (await count(bus, streams.COMMANDS), await count(bus, streams.DEAD)) == (0, 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({headers.EVENT_ID: "0194-event"}, f"`banstream targets redeliver {'a' * 24} 0194-event`"),
        ({}, f"`banstream targets deliveries {'a' * 24} --status dead`"),
    ],
    ids=["of this release", "of one before"],
)
async def test_of_an_event_that_a_target_was_not_told_it_is_said_how_to_tell_it(
    bus: Client, run: Run, given: dict[str, str], said: str
) -> None:
    whose = f"{streams.NOTIFIER}-{'a' * 24}"
    await die(bus, "banstream.event.infraction.issued.a", b"{}", "400: refused", streams.NOTIFIER, whose, **given)
    outcome = await run("dead", "retry", "1")
    assert outcome.code == 1
    assert said in outcome.complaint
    assert "banstream dead drop 1 --yes" in outcome.complaint


async def test_dropping_needs_a_yes(bus: Client, run: Run) -> None:
    await die(bus, "banstream.command.infractions.odd.x", b"{}", "x")
    assert (await run("dead", "drop", "1")).code == 2
    assert await count(bus, streams.DEAD) == 1
    assert (await run("dead", "drop", "1", "--yes", "--json")).json == {"dropped": 1}
    assert await count(bus, streams.DEAD) == 0


@pytest.mark.usefixtures("bus")
async def test_one_that_is_not_there_is_1(run: Run) -> None:
    for arguments in (("show", "9"), ("retry", "9"), ("drop", "9", "--yes")):
        outcome = await run("dead", *arguments)
        assert outcome.code == 1
        assert "no dead letter 9" in outcome.complaint


async def test_a_stream_that_is_not_there_is_not_no_dead_letters(bus: Client, run: Run) -> None:
    await bus.jetstream().delete_stream(streams.DEAD)
    outcome = await run("dead", "list")
    assert outcome.code == 2
    assert "banstream streams apply" in outcome.complaint


@pytest.mark.usefixtures("bus")
async def test_nothing_named_is_wrong_use(run: Run) -> None:
    assert (await run("dead", "retry")).code == 2
    assert (await run("dead", "retry", "1", "--all")).code == 2


async def test_many_are_listed(bus: Client, run: Run) -> None:
    for number in range(30):
        await die(bus, "banstream.command.infractions.odd.x", str(number).encode(), "x")
    await bus.jetstream().delete_msg(streams.DEAD, 7)
    found = (await run("dead", "list", "--json")).json["items"]
    assert [each["sequence"] for each in found] == [each for each in range(1, 31) if each != 7]
