"""Admins from the terminal."""

import json
from typing import Any

import pytest
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import StandIn

from banstream_cli.arguments.admin_rights import MEANINGS
from banstream_contracts.admins import Right

PLAYER = "roblox:8"


async def added(run: Run, *arguments: str) -> Any:
    return await run("admins", "add", PLAYER, "--name", "Alyx", *arguments)


async def test_an_admin_is_added_listed_and_shown(run: Run, gateway: StandIn) -> None:
    outcome = await added(run, "--right", "ban", "--right", "issue")
    assert (outcome.code, outcome.out) == (0, "roblox:8 is the admin Alyx: issue, ban\n")
    assert gateway.requests[-1][:2] == ("PUT", "/v1/admins/roblox/8")
    assert gateway.requests[-1][3] == {"name": "Alyx", "rights": ["issue", "ban"]}
    rows = [line.split("\t") for line in (await run("admins", "list")).out.splitlines()]
    assert rows == [["PLAYER", "NAME", "RIGHTS"], ["roblox:8", "Alyx", "issue, ban"]]
    shown = [line.split("\t") for line in (await run("admins", "show", PLAYER)).out.splitlines()]
    assert shown == [["Player", "roblox:8"], ["Name", "Alyx"], ["Id", "9" * 24], ["Rights", "issue, ban"]]
    assert json.loads((await run("admins", "show", PLAYER, "--json")).out)["rights"] == ["issue", "ban"]


async def test_all_names_every_right_and_none_leaves_one_who_may_nothing(run: Run, gateway: StandIn) -> None:
    assert (await added(run, "--right", "all")).out.endswith(": all\n")
    assert gateway.requests[-1][3]["rights"] == [right.value for right in Right]
    assert (await added(run)).out.endswith(": none\n")


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (("--name", "Barney"), {"name": "Barney", "rights": ["issue", "ban"]}),
        (("--give", "kick"), {"name": "Alyx", "rights": ["issue", "ban", "kick"]}),
        (("--take", "ban", "--give", "kick"), {"name": "Alyx", "rights": ["issue", "kick"]}),
        (("--right", "kick"), {"name": "Alyx", "rights": ["kick"]}),
        (("--right", "all", "--take", "immune"), {"name": "Alyx", "rights": [r.value for r in Right if r != "immune"]}),
        (("--take", "all"), {"name": "Alyx", "rights": []}),
    ],
    ids=["name", "give", "take and give", "replace", "all but one", "take all"],
)
async def test_what_is_not_changed_stays(
    arguments: tuple[str, ...], body: dict[str, Any], run: Run, gateway: StandIn
) -> None:
    await added(run, "--right", "ban", "--right", "issue")
    assert (await run("admins", "change", PLAYER, *arguments)).code == 0
    assert gateway.requests[-1][3] == body


async def test_a_removed_admin_is_shown_as_such_and_not_changed(run: Run, gateway: StandIn) -> None:
    await added(run, "--right", "ban")
    removed = await run("admins", "remove", PLAYER, "--reason", "left")
    assert (removed.code, removed.out) == (0, "roblox:8 is an admin no more\n")
    assert gateway.requests[-1][3] == {"reason": "left"}
    assert "nobody is an admin" in (await run("admins", "list")).complaint
    assert "Alyx (removed)" in (await run("admins", "list", "--removed")).out
    assert "Removed\t2026-01-02 03:04:05Z" in (await run("admins", "show", PLAYER)).out
    changed = await run("admins", "change", PLAYER, "--give", "kick")
    assert (changed.code, "admins add" in changed.complaint) == (1, True)


async def test_one_who_is_no_admin_is_not_found(run: Run, gateway: StandIn) -> None:
    for arguments in (("show", PLAYER), ("change", PLAYER, "--name", "x"), ("remove", PLAYER)):
        outcome = await run("admins", *arguments)
        assert outcome.code == 1, arguments
    assert [request[0] for request in gateway.requests] == ["GET", "GET", "DELETE"]


@pytest.mark.parametrize("option", ["--right", "--give", "--take"])
async def test_an_unknown_right_is_wrong_use_and_the_known_ones_are_named(
    option: str, run: Run, gateway: StandIn
) -> None:
    outcome = await run("admins", "change", PLAYER, option, "fly")
    assert (outcome.code, gateway.requests) == (2, [])
    assert "fly is no right" in " ".join(outcome.complaint.split())


async def test_help_explains_every_right(run: Run) -> None:
    assert set(MEANINGS) == set(Right)
    for arguments in (("--help",), ("add", "--help"), ("change", "--help")):
        outcome = await run("admins", *arguments, COLUMNS="160")
        for right, meaning in MEANINGS.items():
            assert f"{right.value}: {meaning}" in outcome.out
