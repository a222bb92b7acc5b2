"""A move from SourceBans on the whole system: a try, the import, a second run, what has changed, and all of it back."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from banstream_testing.discord import discord_stand_in
from banstream_testing.steps import Ran, ban, banstream, call, somebody
from banstream_testing.system import System
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

FIRST = 76561197960265728
HOUR, DAY = 3600, 86_400
BEGAN = int(time.time()) - 30 * DAY
COLUMNS = (
    *("bid", "ip", "authid", "name", "created", "ends", "length", "reason", "aid", "adminIp", "sid", "country"),
    *("RemovedBy", "RemoveType", "RemovedOn", "type", "ureason", "admin", "remover"),
)


def player(account: int) -> str:
    return f"steam:{FIRST + account}"


def row(bid: int, **cells: Any) -> dict[str, Any]:
    """A ban for good of the player with the account `bid`, as `sb_bans` has it."""
    ban = dict.fromkeys(COLUMNS, "NULL") | {"bid": bid, "ip": "", "authid": f"STEAM_0:{bid % 2}:{bid // 2}", "type": 0}
    made = {"name": f"Player {bid}", "created": BEGAN, "ends": BEGAN, "length": 0, "reason": f"reason {bid}"}
    return ban | made | {"aid": 1, "admin": "Bob", "adminIp": "", "sid": 0} | cells


def put(file: Path, rows: dict[int, dict[str, Any]]) -> None:
    """As `mysql --batch` prints them."""
    cells = [COLUMNS, *([each[column] for column in COLUMNS] for each in rows.values())]
    file.write_text("".join("\t".join(map(str, line)) + "\n" for line in cells))


async def restricted(system: System, whom: str, query: str = "") -> bool:
    service, _, player_id = whom.partition(":")
    answer = await call(system, "GET", f"/v1/players/{service}/{player_id}/restrictions{query}")
    assert answer.status == 200, answer
    return bool(answer.body["restrictions"])


async def take(system: System, file: Path, *more: str, source: str = "sourcebans") -> Ran:
    command = ("import", "bans", str(file), "--format", "sourcebans-table", "--source", source, "--json")
    return await banstream(system, *command, *more)


def told(ran: Ran) -> dict[str, int]:
    return {name: count for name, count in json.loads(ran.out)["outcomes"].items() if count}


async def test_a_move_from_sourcebans_and_back(system: System, tmp_path: Path) -> None:
    file = tmp_path / "bans.tsv"
    rows = {
        1: row(1),
        2: row(2, ends=BEGAN + 90 * DAY, length=90 * DAY),
        3: row(3, ends=BEGAN + DAY, length=DAY, reason="is over"),
        4: row(4, RemoveType="U", RemovedOn=BEGAN + HOUR, RemovedBy=1, remover="Carol", ureason="mistake"),
        5: row(5, type=1, ip="192.0.2.77", authid=""),
        6: row(6, ip="192.0.2.78"),
    }
    put(file, rows)
    async with discord_stand_in() as discord:
        target = {"name": "Bans", "kind": "discord", "url": discord.webhook(), "language": "en"}
        assert (await call(system, "POST", "/v1/targets", target, token=system.admin_token)).status == 201

        tried = await take(system, file, "--dry-run")
        assert (tried.code, told(tried)) == (0, {"new": 6})
        assert not await restricted(system, player(1))

        first = await take(system, file)
        assert (first.code, told(first)) == (0, {"new": 6})
        run = json.loads(first.out)["import_id"]
        assert await restricted(system, player(1))
        assert await restricted(system, player(2))
        assert not await restricted(system, player(3))
        assert not await restricted(system, player(4))
        assert await restricted(system, player(999), "?ip=192.0.2.77")
        assert not await restricted(system, player(999), "?ip=192.0.2.78")  # of a Steam ban the address is a note

        again = await take(system, file)
        assert (again.code, told(again)) == (0, {"same": 6})

        rows[2] |= {"RemoveType": "U", "RemovedOn": BEGAN + DAY, "RemovedBy": 1, "remover": "Carol", "ureason": "sorry"}
        put(file, rows)
        changed = await take(system, file)
        assert (changed.code, told(changed)) == (0, {"same": 5, "changed": 1})
        assert not await restricted(system, player(2))
        listed = json.loads((await banstream(system, "import", "list", "--limit", "2", "--json")).out)["items"]
        assert [each["import_id"] for each in listed] == [json.loads(changed.out)["import_id"], run]

        lifted = await banstream(system, "lift", player(1), "--reason", "appeal granted")
        assert lifted.code == 0, lifted
        rows[1] |= {"reason": "another reason"}
        put(file, rows)
        left = await take(system, file)
        assert (left.code, told(left)) == (1, {"same": 5, "left": 1})
        assert not await restricted(system, player(1))

        shown = json.loads((await banstream(system, "import", "show", run, "--json")).out)
        assert (shown["import"]["infractions"], len(shown["items"])) == (5, 5)
        assert {each["imported"]["row"] for each in shown["items"]} == {f"ban:{n}" for n in (1, 3, 4, 5, 6)}

        would = await banstream(system, "import", "undo", run, "--reason", "no", "--dry-run", "--json")
        assert told(would) == {"undone": 2, "ended": 3}
        undone = await banstream(system, "import", "undo", run, "--reason", "wrong panel", "--yes", "--json")
        assert (undone.code, told(undone)) == (0, {"undone": 2, "ended": 3})
        assert not await restricted(system, player(6))
        assert not await restricted(system, player(999), "?ip=192.0.2.77")

        back = await take(system, file, "--import-id", run)
        assert (back.code, told(back)) == (1, {"same": 3, "changed": 2, "left": 1})
        assert await restricted(system, player(6))
        assert await restricted(system, player(999), "?ip=192.0.2.77")

        await ban(system, somebody(), reason="the last")
        await eventually(lambda: _was_told(discord.texts(), "the last"))
        assert [embed["title"] for embed in discord.embeds()] == ["✅ Ban lifted", "🔨 Player banned"]


async def _was_told(texts: list[str], reason: str) -> bool:
    return reason in texts


async def test_what_nobody_takes_is_named_row_by_row(system: System, tmp_path: Path) -> None:
    """A row that the gateway itself finds wrong does not keep the others out."""
    file, kept = tmp_path / "bans.tsv", tmp_path / "rejected.jsonl"
    later = int(time.time()) + 90 * DAY
    put(file, {11: row(11), 12: row(12, created=later, ends=later), 13: row(13, authid="STEAM_ID_PENDING")})
    ran = await take(system, file, "--rejected", str(kept))
    assert (ran.code, told(ran)) == (1, {"new": 1, "rejected": 2})
    assert await restricted(system, player(11))
    assert _lines(kept) == 2


def _lines(file: Path) -> int:
    return len(file.read_text().splitlines())


async def test_what_is_deleted_there_is_lifted_here_and_half_a_file_frees_nobody(
    system: System, tmp_path: Path
) -> None:
    file = tmp_path / "bans.tsv"
    everything = {bid: row(bid) for bid in range(21, 29)}

    async def mirror(bids: Iterable[int], *more: str) -> Ran:
        put(file, {bid: everything[bid] for bid in bids})
        return await take(system, file, "--whole", *more, source="mirrored")

    async def banned() -> set[int]:
        return {bid for bid in everything if await restricted(system, player(bid))}

    first = await mirror(range(21, 29))
    assert (first.code, told(first)) == (0, {"new": 8})
    shown = json.loads((await banstream(system, "import", "show", json.loads(first.out)["import_id"], "--json")).out)
    ids = {each["imported"]["row"]: each["id"] for each in shown["items"]}
    amended = await call(system, "PATCH", f"/v1/infractions/{ids['ban:22']}", {"reason": "stays"}, token=system.token)
    assert amended.status == 200, amended

    tried = await mirror(range(23, 29), "--dry-run")
    assert (told(tried), await banned()) == ({"same": 6, "lifted": 1, "left": 1}, set(everything))
    gone = await mirror(range(23, 29))
    assert (gone.code, told(gone)) == (1, {"same": 6, "lifted": 1, "left": 1})
    assert [(each["row"], each["outcome"]) for each in json.loads(gone.out)["not_taken"]] == [("ban:22", "left")]
    assert await banned() == {*everything} - {21}
    lifted = await call(system, "GET", f"/v1/infractions/{ids['ban:21']}", token=system.admin_token)
    assert (lifted.body["status"], lifted.body["ended_reason"]) == ("lifted", "It is no longer in mirrored.")

    half = await mirror([23, 24])
    assert (half.code, told(half)) == (1, {"left": 1})
    assert "nothing was imported or lifted: 4 of 7 that are in force of mirrored are in the files no more" in half.err
    assert await banned() == {*everything} - {21}

    back = await mirror(everything)
    assert (back.code, told(back)) == (0, {"same": 7, "changed": 1})
    assert await banned() == set(everything)
