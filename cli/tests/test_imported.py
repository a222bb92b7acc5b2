"""What the CLI shows and writes out of infractions that come from another system."""

import csv
from typing import Any

from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn
from nats.aio.client import Client

from banstream_contracts.infractions import LiftedBefore, Punishment
from banstream_testing.imports import IMPORT_ID, LONG_AGO, imported, take_back
from banstream_testing.infractions import Bus

BY = {"kind": "token", "id": "0" * 24, "name": "moderator"}
THEN = LONG_AGO.strftime("%Y-%m-%dT%H:%M:%SZ")
ORIGIN = {"import_id": IMPORT_ID, "source": "old.example", "row": "ban:1", "at": "2026-01-02T03:04:05Z", "by": BY}
HELD: dict[str, Any] = {
    "id": "a" * 24,
    "player": {"service": "roblox", "id": "2"},
    "punishments": ["ban"],
    "lifetime": "permanent",
    "status": "active",
    "reason": "aimbot",
    "issued_at": THEN,
    "issuer": {**BY, "name": "Old Admin"},
    "imported": ORIGIN,
}


async def test_a_log_has_imported_bans_as_bans_of_when_they_were_issued(infractions: Client, run: Run) -> None:
    chat = (Punishment.CHAT_BLOCK,)
    await send(infractions, imported(1), imported(2, punishments=chat), imported(3, lifted=LiftedBefore()), issue("9"))
    bans = [line.split("\t") for line in (await run("log", "export")).out.splitlines()]
    assert [line[0] for line in bans] == ["roblox:2", "roblox:4", "roblox:9"]
    assert [line[1] == THEN for line in bans] == [True, True, False]
    rows = list(csv.DictReader((await run("log", "export", "--format", "csv")).out.splitlines()))
    assert [row["punishments"] for row in rows] == ["ban", "chat_block", "ban", "ban"]
    first = {name: rows[0][name] for name in ("type", "lifetime", "source", "import_id", "issued_by")}
    assert list(first.values()) == [*("infraction.imported", "permanent", "old.example", IMPORT_ID, "Old Admin")]
    assert [(row["source"], row["issued_at"]) for row in rows[3:]] == [("", "")]


async def test_a_tail_says_where_bans_come_from_and_that_they_were_taken_back(infractions: Client, run: Run) -> None:
    await send(infractions, imported(1))
    await take_back(Bus(infractions), [1])
    outcome = await run("events", "tail", "--from-start", "-n", "2")
    brought, undone = outcome.out.splitlines()
    assert "infraction.imported" in brought
    assert "ban permanent from old.example " in brought
    assert "ban:1" not in brought, "a row may be made of an address"
    assert "ban of an import" in undone


async def test_an_infraction_says_where_it_comes_from(run: Run, gateway: StandIn) -> None:
    unknown = {**HELD, "id": "b" * 24, "issuer": BY, "imported": {**ORIGIN, "is_undone": True}}
    gateway.infractions = [HELD, unknown]
    known, nobody = [(await run("infractions", "show", each["id"])).out for each in gateway.infractions]
    assert "by Old Admin there" in known
    assert f"from old.example (ban:1), import {IMPORT_ID}, 2026" in known
    assert "Z there" in nobody
    assert f"import {IMPORT_ID}, taken back, 2026" in nobody


async def test_imported_bans_are_exported(run: Run, gateway: StandIn) -> None:
    gateway.infractions = [HELD]
    (exported,) = (await run("export", "bans", "--json")).lines
    assert exported == HELD
    (row,) = csv.DictReader((await run("export", "bans")).out.splitlines())
    assert (row["player"], row["issuer_name"], row["issued_at"]) == ("roblox:2", "Old Admin", THEN)
