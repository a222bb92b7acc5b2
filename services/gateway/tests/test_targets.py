"""Targets where there is no notifier; how they work with one is in tests/integration/test_targets.py."""

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from nats.aio.msg import Msg
from pydantic import BaseModel
from services.gateway.tests.conftest import MASTER_KEY, Running, Start, until
from services.gateway.tests.stand_in import Infractions

from banstream_contracts import subjects
from banstream_contracts.examples.every_message import EXAMPLES
from banstream_contracts.queries.ban_files import BanFilePage
from banstream_contracts.queries.log_sources import LogSourcePage
from banstream_contracts.queries.notifier import TargetPage
from banstream_privacy.transit import sealing_public_key
from banstream_testing.streams import settled

TARGET = {"name": "Bans", "kind": "discord", "url": "https://discord.com/api/webhooks/1/a-token"}


async def test_without_the_notifiers_key_nothing_is_sealed_and_nothing_sent(gateway: Running) -> None:
    refused = await gateway.call("POST", "/v1/targets", TARGET)
    assert refused.status == 503
    assert "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY" in refused.json["detail"]
    assert "a-token" not in str(refused.json)


async def test_reads_say_who_is_away(gateway: Running) -> None:
    found = await gateway.call("GET", "/v1/targets")
    assert (found.status, "notifier" in found.json["detail"]) == (503, True)


async def test_a_change_changes_something(gateway: Running) -> None:
    bodies: list[dict[str, Any]] = [{}, {"name": None}, {"kind": "webhook"}]
    for body in bodies:
        assert (await gateway.call("PATCH", f"/v1/targets/{'0' * 24}", body)).status == 422


async def test_a_secret_that_is_made_is_shown_once_while_the_notifier_is_away(
    start: Start, infractions: Infractions
) -> None:
    await infractions.admit("all", "admin")
    key = sealing_public_key(MASTER_KEY).hex()
    gateway = await start(command_timeout_seconds=0.2, notifier_sealing_public_key=key)
    await until(gateway.is_ready)
    webhook = {"name": "Bot", "kind": "webhook", "url": "https://example.com/x"}
    made, repeated = [
        await gateway.call("POST", "/v1/targets", webhook, headers={"Idempotency-Key": "make"}) for _ in range(2)
    ]
    assert (made.status, made.json["secret"][:6], repeated.status) == (202, "whsec_", 202)
    assert "secret" not in repeated.json
    assert "hint" in repeated.json


@pytest.mark.parametrize(
    ("path", "subject", "page"),
    [
        ("targets", subjects.QUERY_TARGETS, TargetPage),
        ("ban-files", subjects.QUERY_BAN_FILES, BanFilePage),
        ("log-sources", subjects.QUERY_LOG_SOURCES, LogSourcePage),
    ],
    ids=["targets", "ban-files", "log-sources"],
)
async def test_what_a_service_cannot_read_is_named_beside_its_list(
    gateway: Running, infractions: Infractions, path: str, subject: str, page: type[BaseModel]
) -> None:
    async def answer(message: Msg) -> None:
        await message.respond(page(items=(), next=None, unreadable=("2" * 24,)).model_dump_json().encode())

    await infractions.client.subscribe(subject, cb=answer)
    await settled(infractions.client)
    found = await gateway.call("GET", f"/v1/{path}")
    assert found.json == {"items": [], "next": None, "unreadable": ["2" * 24]}


@dataclass(frozen=True)
class Later:
    """A list whose second thing a later release of its service has made."""

    path: str
    subject: str
    page: type[BaseModel]
    field: str
    changes: tuple[str, ...]
    one: str
    slug: str


LATER = {
    "targets": Later(
        "targets", subjects.QUERY_TARGETS, TargetPage, "target", ("kind",), subjects.QUERY_TARGET, "target"
    ),
    "ban-files": Later(
        "ban-files", subjects.QUERY_BAN_FILES, BanFilePage, "ban_file", ("format",), subjects.QUERY_BAN_FILE, "ban-file"
    ),
    "log-sources": Later(
        "log-sources",
        subjects.QUERY_LOG_SOURCES,
        LogSourcePage,
        "source",
        ("login", "kind"),
        subjects.QUERY_LOG_SOURCE,
        "log-source",
    ),
}


def later_page(later: Later) -> dict[str, Any]:
    """One thing that this release knows, and one that it does not."""
    page: dict[str, Any] = json.loads(EXAMPLES[later.page].model_dump_json())
    page |= {"unreadable": [], "next": None}
    page["items"] = [page["items"][0], deepcopy(page["items"][0])]
    changed = page["items"][1][later.field]
    changed["id"] = "3" * 24
    *way, last = later.changes
    for name in way:
        changed = changed[name]
    changed[last] = "carrier_pigeon"
    return page


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
async def test_one_thing_of_a_later_release_leaves_the_others_in_the_list(
    gateway: Running, infractions: Infractions, later: Later
) -> None:
    page = later_page(later)

    async def answer(message: Msg) -> None:
        await message.respond(json.dumps(page).encode())

    await infractions.client.subscribe(later.subject, cb=answer)
    await settled(infractions.client)
    found = await gateway.call("GET", f"/v1/{later.path}")
    assert found.status == 200, found.json
    assert [each["id"] for each in found.json["items"]] == [page["items"][0][later.field]["id"]]
    assert found.json["unreadable"] == ["3" * 24]


@pytest.mark.parametrize("is_told", [True, False], ids=["by-the-service", "found-here"])
@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
async def test_one_thing_that_cannot_be_read_is_told_as_such(
    gateway: Running, infractions: Infractions, later: Later, *, is_told: bool
) -> None:
    found = later_page(later)["items"][1]
    told = {later.field: None, "unreadable": "kind: new"} if is_told else {"unreadable": None}

    async def answer(message: Msg) -> None:
        await message.respond(json.dumps({**found, **told}).encode())

    await infractions.client.subscribe(later.one, cb=answer)
    await settled(infractions.client)
    answered = await gateway.call("GET", f"/v1/{later.path}/{'3' * 24}")
    assert answered.status == 409
    assert answered.json["type"] == f"urn:banstream:problem:unreadable-{later.slug}"
    assert answered.json["id"] == "3" * 24
    told_fields = {name: value for name, value in found["progress"].items() if not isinstance(value, str)}
    assert told_fields.items() <= answered.json["progress"].items()
    way = ".".join(later.changes)
    assert answered.json["detail"].startswith("kind: new. A later" if is_told else f"{way}: Input should be")
    assert "`banstream rebuild`" in answered.json["detail"]
