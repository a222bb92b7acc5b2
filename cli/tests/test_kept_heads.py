"""`banstream log verify --heads`: what was written down of a log is still in it."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit
from typing import Any

import asyncpg
import pytest
from cli.tests.commands_for_tests import issue, send
from cli.tests.conftest import Outcome, Run, Start
from nats.aio.client import Client

from banstream_event_log.chain import GENESIS, link
from banstream_event_log.log import COLUMNS, read
from banstream_infractions.operations import SCHEMA
from banstream_testing.abuse import incident, report
from banstream_testing.event_logs import append_all, connected, event
from banstream_testing.fixtures import Database

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "verify_chain.py"
ODD: dict[str, Any] = {
    "none": None,
    "yes": True,
    "numbers": [0.0, 1.5, 86400.0, 1e-7, 0.1, -1, 2**53 + 1, -(2**63), 2**64 - 1],
    "texts": ['\U0001f600 \u2028\u0085\x7f\x1f\t\n\r"\\/</é', "日本", "\ud7ff\ue000", ""],
    "\U0001f600": {"b": [], "a": {}, "\uffff": 1, "Z": [[None]]},
}
"""All that a row may hold; Postgres keeps neither surrogates nor U+0000."""
MANY = 30_000
"""Heads, too many to compare each with each other."""


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "heads"


async def rewritten_from(database: Database, position: int, *, until: int | None = None) -> None:
    """What an administrator can do: change a row and hash all behind it anew, and end the log earlier."""
    async with connected(database.admin_url, SCHEMA) as connection:
        rows = await read(connection, 0, 1000)
        await connection.execute("alter table event_log disable trigger all")
        await connection.execute("delete from event_log where position >= $1", position)
        await connection.execute("update relay_position set position = 0")
        previous = rows[position - 2].hash if position > 1 else GENESIS
        for row in rows[position - 1 : until]:
            new = (
                link(row, row.position, row.recorded_at, previous)
                if row.position > position
                else changed(row, previous)
            )
            previous = new.hash
            await connection.copy_records_to_table(
                "event_log", records=[[getattr(new, name) for name in COLUMNS]], columns=COLUMNS
            )


def changed(row: Any, previous: bytes) -> Any:
    """The row with another time, and a hash that fits."""
    return link(row, row.position, row.recorded_at.replace(year=2020), previous)


async def verified(run: Run, heads: Path, *more: str, **environment: str) -> Outcome:
    return await run("log", "verify", "--heads", str(heads), *more, **environment)


def content(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, document: dict[str, Any], end: str = "\n") -> None:
    path.write_text(json.dumps(document) + end)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content(path).splitlines()]


@pytest.mark.usefixtures("tracker")
async def test_the_heads_of_whole_logs_are_kept_and_hold_later(infractions: Client, run: Run, heads: Path) -> None:
    await send(infractions, issue("1"))
    first = await verified(run, heads)
    assert (first.code, first.err, mode(heads)) == (0, "", 0o600)
    await send(infractions, issue("2"), report(incident()))
    told, found = await verified(run, heads), await verified(run, heads, "--log", "infractions", "--json")
    assert [(each["log"], each["position"]) for each in lines(heads)] == [
        ("infractions", 1),
        ("infractions", 2),
        ("abuse-tracker", 1),
        ("infractions", 2),
    ]
    assert told.out.splitlines()[:3] == [
        f"infractions: whole: 2 events, head hash {lines(heads)[1]['hash']}, 1 kept heads hold",
        f"abuse-tracker: whole: 1 events, head hash {lines(heads)[2]['hash']}",
        "notifier: whole: no events yet",
    ]
    (log,) = found.json["logs"]
    assert (found.code, log["kept_heads"], log["lost_heads"]) == (0, 2, [])


async def test_a_log_that_was_rewritten_with_hashes_that_fit_is_found(
    infractions: Client, admin: Database, run: Run, heads: Path
) -> None:
    for player in ("1", "2", "3"):
        await send(infractions, issue(player))
        assert (await verified(run, heads)).code == 0
    before = content(heads)
    await rewritten_from(admin, 2)
    assert (await run("log", "verify")).code == 0
    told, found = await verified(run, heads), await verified(run, heads, "--json")
    assert told.code == 1
    assert told.complaint.startswith(
        f"banstream: infractions: the head of position 2 that was kept at {kept_at(heads, 1)}"
    )
    assert "rewritten since then" in told.complaint
    assert told.complaint.endswith("It holds up to position 1.")
    log = found.json["logs"][0]
    assert (found.code, found.json["whole"], log["whole"], log["broken_at"]) == (1, False, False, None)
    assert log["lost_heads"] == lines(heads)[1:]
    assert content(heads) == before


def kept_at(heads: Path, line: int) -> str:
    return str(lines(heads)[line]["kept_at"])[:19].replace("T", " ") + "Z"


async def test_a_log_that_is_shorter_than_what_was_kept_is_said_so(
    infractions: Client, admin: Database, run: Run, heads: Path
) -> None:
    await send(infractions, issue("1"), issue("2"))
    await verified(run, heads)
    await rewritten_from(admin, 2, until=1)
    told = await verified(run, heads)
    assert told.code == 1
    assert told.complaint.startswith(
        "banstream: infractions: the log ends at position 1, before the head of position 2"
    )
    assert len(lines(heads)) == 1
    await rewritten_from(admin, 1, until=0)
    assert "the log ends at position 0" in (await verified(run, heads)).complaint


@pytest.mark.usefixtures("tracker")
async def test_only_the_heads_of_the_log_that_is_named_are_compared(
    infractions: Client, admin: Database, run: Run, heads: Path
) -> None:
    await send(infractions, issue("1"), report(incident()))
    await verified(run, heads)
    await rewritten_from(admin, 1)
    assert (await verified(run, heads, "--log", "abuse-tracker")).code == 0
    assert (await verified(run, heads, "--log", "infractions")).code == 1
    assert [each["log"] for each in lines(heads)] == ["infractions", "abuse-tracker", "abuse-tracker"]


@pytest.mark.parametrize(
    ("wrong", "number"),
    [
        (b"roblox:1\t2026-01-01T00:00:00Z\tspeed hack\n", 1),
        (b"\x7fELF\xff\xfe" + b"x" * 100_000, 1),
        (b"GOOD\nGO", 2),
        (b"GOOD\n[]\n", 2),
        (b"GOOD\n\nGOOD\n", 2),
    ],
    ids=["another file", "a program", "half a line", "another document", "an empty line"],
)
async def test_a_file_that_holds_anything_else_is_not_touched(
    infractions: Client, run: Run, heads: Path, wrong: bytes, number: int
) -> None:
    await send(infractions, issue("1"))
    await verified(run, heads)
    damaged = wrong.replace(b"GOOD", content(heads).strip())
    await asyncio.to_thread(heads.write_bytes, damaged)
    told = await verified(run, heads)
    assert (told.code, told.out, content(heads)) == (2, "", damaged)
    assert f"line {number} is no head of a log" in told.complaint


async def test_what_cannot_be_written_is_said_before_anything_is_asked_of_postgres(
    run: Run, tmp_path: Path, nowhere: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, why in (
        (tmp_path, "Is a directory"),
        (tmp_path / "no" / "folder", "No such file"),
        (pipe, "no file that heads can be kept in"),
        (Path(os.devnull), "no file that heads can be kept in"),
    ):
        told = await verified(run, path, BANSTREAM_ADMIN_DATABASE_URL=f"postgresql://x@{nowhere}/x")
        assert (told.code, told.out, why in told.complaint) == (2, "", True), told.err


async def test_heads_of_another_installation_are_told_from_a_log_that_was_rewritten(
    infractions: Client, admin: Database, run: Run, heads: Path
) -> None:
    await send(infractions, issue("1"))
    await verified(run, heads)
    kept = lines(heads)[0]
    elsewhere = {**kept, "database": "elsewhere:5432/banstream", "hash": "0" * 64}
    put(heads, elsewhere)
    told = await verified(run, heads)
    assert (told.code, told.out, len(lines(heads))) == (2, "", 1)
    assert "of the database at elsewhere:5432/banstream, is in the logs" in told.complaint
    put(heads, {**elsewhere, "database": kept["database"]})
    assert (await verified(run, heads)).code == 1
    put(heads, {**elsewhere, "hash": kept["hash"]}, end="")
    assert (await verified(run, heads)).code == 0
    assert [each["position"] for each in lines(heads)] == [1, 1]
    assert admin.admin_url.encode() not in content(heads)


async def test_heads_of_another_installation_hide_no_broken_chain(
    infractions: Client, admin: Database, run: Run, heads: Path
) -> None:
    await send(infractions, issue("1"), issue("2"))
    await verified(run, heads, "--log", "infractions")
    put(heads, {**lines(heads)[0], "database": "elsewhere:5432/banstream", "position": 1, "hash": "0" * 64})
    async with connected(admin.admin_url, SCHEMA) as connection:
        await connection.execute("alter table event_log disable trigger all")
        await connection.execute("update event_log set type = 'other' where position = 2")
    told = await verified(run, heads)
    assert (told.code, "infractions: broken at position 2" in told.err) == (1, True)


async def test_many_heads_that_are_lost_are_looked_for_once(infractions: Client, run: Run, heads: Path) -> None:
    await send(infractions, issue("1"))
    await verified(run, heads)
    kept = lines(heads)[0]
    many = [{**kept, "position": position} for position in range(1, MANY + 1)]
    await asyncio.to_thread(heads.write_text, "".join(f"{json.dumps(each)}\n" for each in many))
    told, found = await verified(run, heads), await verified(run, heads, "--json")
    assert (told.code, "before the head of position 2 " in told.complaint) == (1, True)
    assert len(found.json["logs"][0]["lost_heads"]) == MANY - 1


async def test_runs_at_the_same_time_keep_whole_lines(infractions: Client, start: Start, run: Run, heads: Path) -> None:
    await send(infractions, issue("1"))
    processes = [start("log", "verify", "--heads", str(heads)) for _ in range(3)]
    ended = [await asyncio.to_thread(each.communicate, None, 60) for each in processes]
    assert ([each.returncode for each in processes], [err for _, err in ended]) == ([0] * 3, [b""] * 3)
    assert [each["position"] for each in lines(heads)] == [1] * 3
    assert (await verified(run, heads)).code == 0


async def test_a_full_disk_leaves_no_half_line(infractions: Client, start: Start, run: Run, heads: Path) -> None:
    await send(infractions, issue("1"))
    await verified(run, heads)
    before = content(heads)
    limit = len(before) + 20
    process = start("log", "verify", "--heads", str(heads), preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (limit, limit)))
    _, err = await asyncio.to_thread(process.communicate, None, 60)
    assert (process.returncode, content(heads)) == (2, before)
    assert b"cannot be written" in err


async def exported(run: Run, path: Path) -> Path:
    outcome = await run("log", "export", "--format", "chain", "-o", str(path))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    return path


async def by_script(*arguments: str | Path) -> tuple[int, str, str]:
    """How the example ends, what it prints and what it complains of."""
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-W", "error", SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout.strip(), ran.stderr.strip()


async def test_an_exported_chain_is_verified_without_banstream(
    admin: Database, run: Run, heads: Path, tmp_path: Path
) -> None:
    empty = await exported(run, tmp_path / "empty")
    assert await by_script(empty) == (0, "no events yet", "")
    await append_all(admin.service_url, event(), event(version=2, **ODD))
    await verified(run, heads)
    await append_all(admin.service_url, event(version=3, note="for staff"))
    chain = await exported(run, tmp_path / "chain")
    (*_, log) = (await run("log", "verify", "--log", "infractions", "--json")).json["logs"]
    head = f"3 {log['head_hash']}"
    assert await by_script(chain) == (0, head, "")
    assert await by_script(chain, heads, "infractions") == (0, head, "")
    assert mode(chain) == 0o600
    assert "for staff" not in chain.read_text(), "what the log keeps locked stays locked"
    await rewritten_from(admin, 2)
    code, _, complaint = await by_script(await exported(run, chain), heads, "infractions")
    assert (code, complaint.startswith("a head that was kept is not in it: (2, ")) == (1, True)


async def test_the_example_says_that_it_compared_nothing(
    infractions: Client, run: Run, heads: Path, tmp_path: Path
) -> None:
    empty = await exported(run, tmp_path / "empty")
    await send(infractions, issue("1"))
    await verified(run, heads)
    chain = await exported(run, tmp_path / "chain")
    assert await by_script(empty, heads, "notifier") == (0, "no events yet", "")
    for arguments, why in (
        ((chain, heads), "holds no head of a log ''"),
        ((chain, heads, "infraction"), "holds no head of a log 'infraction'"),
        ((chain, chain, "infractions"), "JSONDecodeError"),
        ((tmp_path / "none",), "No such file"),
        ((), "missing 1 required"),
        ((chain, heads, "infractions", "more"), "4 were given"),
    ):
        code, told, complaint = await by_script(*arguments)
        assert (code, told, "Traceback" in complaint, why in complaint) == (2, "", False, True), complaint
    windows = b"\xef\xbb\xbf" + content(heads).replace(b"\n", b"\r\n")
    await asyncio.to_thread(heads.write_bytes, windows)
    assert (await by_script(chain, heads, "infractions"))[0] == 0


async def test_a_tampered_copy_of_a_chain_is_found(admin: Database, run: Run, tmp_path: Path) -> None:
    await append_all(admin.service_url, *(event(version=version) for version in (1, 2, 3)))
    path = await exported(run, tmp_path / "chain")
    first, second, third = path.read_bytes().splitlines(keepends=True)
    for changed_rows, position in (
        (first + second.replace(b"aimbot", b"Aimbot") + third, 2),
        (first + third, 2),
        (second + third, 1),
        (first + first + second + third, 2),
        (first + second + third[:-9], 3),
        (first + b"\n" + second + third, 2),
        (first + second[:64].replace(second[:1], b"x") + second[64:] + third, 2),
    ):
        path.write_bytes(changed_rows)
        assert await by_script(path) == (1, "", f"the chain is broken at position {position}")


async def test_a_chain_is_the_whole_log_and_goes_to_a_file(admin: Database, run: Run, tmp_path: Path) -> None:
    file = ("-o", str(tmp_path / "chain"))
    for more in ((), (*file, "--since", "1h"), (*file, "--until", "1h"), (*file, "--type", "infraction.issued")):
        assert (await run("log", "export", "--format", "chain", *more)).code == 2
    assert not (tmp_path / "chain").exists()
    assert isinstance(admin.admin_url, str)


async def test_a_role_that_may_only_read_verifies(infractions: Client, admin: Database, run: Run, heads: Path) -> None:
    await send(infractions, issue("1"))
    connection = await asyncpg.connect(admin.admin_url)
    await connection.execute("create role verifier")
    try:
        await connection.execute("grant pg_read_all_data to verifier")
        url = f"{admin.admin_url}{'&' if '?' in admin.admin_url else '?'}options=-c%20role%3Dverifier"
        told = await verified(run, heads, BANSTREAM_ADMIN_DATABASE_URL=url)
        assert (told.code, told.err) == (0, "")
    finally:
        await connection.execute("drop role verifier")
        await connection.close()
