"""Where staff decide and set rules while nobody answers, or with less than there is."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from nats import connect
from nats.aio.msg import Msg

from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.examples import parts
from banstream_contracts.headers import REPLY_TO
from banstream_contracts.queries.undoing import Done, DonePage
from banstream_contracts.results import CommandResult, Refusal
from banstream_testing.servers import NatsServer
from banstream_testing.staff import Visitor, staff_console
from banstream_testing.streams import fresh_streams
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(nats: NatsServer) -> AsyncIterator[Visitor]:
    client = await connect(nats.url)
    await fresh_streams(client)
    await client.close()
    async with staff_console(nats, query_timeout_seconds=0.2) as (_, signer):
        yield await signer.sign_in(Role.OWNER)


@pytest.mark.parametrize(
    "path",
    [
        "requests",
        "appeals",
        "appeals/statistics",
        "policies",
        "protected",
        "servers",
        "tokens",
        "targets",
        "ban-files",
        "audit",
    ],
)
async def test_a_page_still_has_its_frame_and_says_so(owner: Visitor, path: str) -> None:
    page = await owner.get(f"/console/{path}")
    assert page.status == 503
    assert "It cannot be read right now" in page.text
    assert 'class="nav"' in page.text


async def test_of_a_player_nothing_is_said_not_to_be_known_where_nobody_answers(owner: Visitor) -> None:
    page = (await owner.get("/console/players/roblox/42")).text
    assert (page.count("It cannot be read right now"), "None known" in page) == (9, False)


@pytest.mark.parametrize(
    ("path", "subject"), [("targets", subjects.QUERY_TARGETS), ("ban-files", subjects.QUERY_BAN_FILES)]
)
async def test_what_a_service_cannot_read_is_named_beside_its_list(
    nats: NatsServer, owner: Visitor, path: str, subject: str
) -> None:
    client = await connect(nats.url)

    async def answer(message: Msg) -> None:
        await message.respond(b'{"items": [], "next": null, "unreadable": ["0123456789abcdef01234567"]}')

    async def is_told() -> bool:
        page = await owner.get(f"/console/{path}")
        told = "This release cannot read these, and does not work on them: 0123456789abcdef01234567"
        return page.status == 200 and told in page.text and "<table" not in page.text

    try:
        await client.subscribe(subject, cb=answer)
        await eventually(is_told)
    finally:
        await client.close()


async def test_without_the_keys_to_seal_with_pages_say_what_is_missing(owner: Visitor) -> None:
    assert "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY" in (await owner.get("/console/targets")).text
    answer = await owner.post("/console/targets", name="x", kind="discord", url="https://x.example", language="en")
    assert (answer.status, "https://x.example" in answer.text) == (503, False)


async def test_a_decision_that_cannot_be_stored_or_done_is_said(owner: Visitor) -> None:
    answer = await owner.post("/console/requests/decide", id="0" * 24, decision="approve")
    assert answer.status == 303
    assert "Stored, done later" in (await owner.get(answer.headers["Location"])).text


async def test_what_was_typed_to_take_back_what_somebody_did_is_kept(owner: Visitor) -> None:
    form = {"by": f"person:{owner.account.login}", "done_since": "2026-01-31T20:00", "reason": "taken over at night"}
    for step in ("", "confirm"):
        page = await owner.post("/console/undo", **form, step=step, once="the-same")
        assert (page.status, "taken over at night" in page.text, "the-same" in page.text) == (503, True, True)
        assert ('name="began"' in page.text) is (step == "confirm"), "what was done may be done since then"


async def test_what_is_refused_or_not_known_in_time_is_told_apart_when_somebody_is_undone(
    nats: NatsServer, owner: Visitor
) -> None:
    refused, late = [parts.infraction.model_copy(update={"id": each * 24}) for each in "ab"]
    items = tuple(
        Done(infraction=each, position=7, did=("infraction.issued",), undo="lift") for each in (refused, late)
    )
    client = await connect(nats.url)

    async def answer(message: Msg) -> None:
        await message.respond(DonePage(items=items, next=None).model_dump_json().encode())

    async def refuse(message: Msg) -> None:
        command = LiftInfraction.model_validate_json(message.data)
        if command.infraction_id == refused.id and message.headers:
            refusal = Refusal(code="infraction-changed", message="the infraction has changed")
            result = CommandResult(command_id=command.command_id, status="refused", position=9, refusal=refusal)
            await client.publish(message.headers[REPLY_TO], result.model_dump_json().encode())

    try:
        await client.subscribe(subjects.QUERY_DONE, cb=answer)
        await client.subscribe(subjects.COMMANDS, cb=refuse)
        await client.flush()
        form = {
            "by": f"person:{owner.account.login}",
            "done_since": "2026-01-31T20:00",
            "reason": "taken over at night",
        }
        page = await owner.post("/console/undo?lang=es", **form, step="confirm")
    finally:
        await client.close()
    assert page.status == 200
    assert "La infracción ha cambiado desde que se mostró." in page.text
    assert ["No realizada" in page.text, "Guardada, se hará después" in page.text] == [True, True]


@pytest.mark.parametrize(
    ("path", "subject", "field"),
    [("targets", subjects.QUERY_TARGET, "target"), ("ban-files", subjects.QUERY_BAN_FILE, "ban_file")],
    ids=["targets", "ban-files"],
)
async def test_of_one_thing_that_a_service_cannot_read_that_is_said(
    nats: NatsServer, owner: Visitor, path: str, subject: str, field: str
) -> None:
    client = await connect(nats.url)

    async def answer(message: Msg) -> None:
        await message.respond(json.dumps({field: None, "unreadable": "format: new"}).encode())

    async def is_told() -> bool:
        page = await owner.get(f"/console/{path}/0123456789abcdef01234567")
        return page.status == 409 and "This release cannot read it" in page.text

    try:
        await client.subscribe(subject, cb=answer)
        await eventually(is_told)
    finally:
        await client.close()
