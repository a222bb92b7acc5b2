import asyncio
import os
import pty
import re
import subprocess
import time
from typing import Any

import pytest
from aiohttp import web
from cli.tests.conftest import Run, Start
from cli.tests.gateway_stand_in import StandIn, problem

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
NASTY = "[red]Bob[/red] \x1b[2J\r\n\u202eevil :boom: [link=http://x]y[/link]"
SHOWN = "[red]Bob[/red] \\x1b[2J\\r\\n\\u202eevil :boom: [link=http://x]y[/link]"


def infraction(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:024x}",
        "player": {"service": "roblox", "id": str(number)},
        "player_name": NASTY,
        "punishments": ["ban", "voice_block"],
        "lifetime": "permanent",
        "reason": "aimbot " * 100,
        "scope": "global",
        "status": "active",
        "issued_at": "2026-01-02T03:04:05Z",
        "issuer": {"kind": "token", "id": "0" * 24, "name": NASTY},
        **changes,
    }


def entry(number: int) -> dict[str, Any]:
    return {
        "position": number,
        "event_id": "0" * 32,
        "type": "infraction.amended",
        "occurred_at": "2026-01-02T03:04:05Z",
        "recorded_at": "2026-01-02T03:04:05Z",
        "actor": {"kind": "person", "id": "1", "name": NASTY},
        "event": {
            "infraction_id": f"{number:024x}",
            "lifetime": "permanent",
            "changes": {"reason": NASTY, "duration_seconds": None, "category": "aimbot"},
        },
    }


async def on_terminal(start: Start, *arguments: str, width: int) -> str:
    """What a terminal of a width gets to see."""
    ours, theirs = pty.openpty()
    process = start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    chunks = []

    def read() -> bytes:
        try:
            return os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            return b""

    while chunk := await asyncio.to_thread(read):
        chunks.append(chunk)
    os.close(ours)
    assert await asyncio.to_thread(process.wait, 20) == 0
    assert width
    return b"".join(chunks).decode()


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_tables_fit_the_terminal_and_text_of_others_stays_text(
    start: Start, gateway: StandIn, environment: dict[str, str | None], width: int
) -> None:
    environment |= {"COLUMNS": str(width), "TERM": "xterm-256color"}
    gateway.infractions = [infraction(1), infraction(2, status="lifted")]
    gateway.history = [entry(1)]
    for arguments in (("infractions", "list"), ("infractions", "show", f"{1:024x}"), ("history", "roblox:1")):
        seen = await on_terminal(start, *arguments, width=width)
        assert "\x1b[2J" not in seen
        plain = ESCAPES.sub("", seen).replace("\r\n", "\n")
        assert "\r" not in plain
        assert "\u202e" not in plain
        assert max(len(line) for line in plain.splitlines()) <= width, plain
        folded = re.sub(r"[\s─]", "", plain)
        assert "[red]" in folded or width == 40, plain
    assert "\x1b[" in seen


async def test_a_pipe_gets_whole_lines_without_colours(run: Run, gateway: StandIn) -> None:
    gateway.infractions = [infraction(1)]
    outcome = await run("infractions", "list", COLUMNS="40")
    heading, row = outcome.out.splitlines()
    assert heading.split("\t") == ["INFRACTION", "PLAYER", "PUNISHMENTS", "STATUS", "ISSUED", "REASON"]
    assert row.split("\t") == [
        f"{1:024x}",
        f"roblox:1 ({SHOWN})",
        "ban, voice_block",
        "active permanent",
        "2026-01-02 03:04:05Z",
        "aimbot " * 100,
    ]


async def test_no_color_is_heeded(start: Start, gateway: StandIn, environment: dict[str, str | None]) -> None:
    environment |= {"NO_COLOR": "1", "TERM": "xterm-256color"}
    gateway.restrictions = {"ban": {"infraction_id": "0" * 24, "reason": NASTY}}
    seen = await on_terminal(start, "check", "roblox:1", width=80)
    assert "\x1b[3" not in seen
    assert "\\x1b[2J" in re.sub(r"\s", "", seen)


async def test_a_check_shows_each_restriction(run: Run, gateway: StandIn) -> None:
    gateway.restrictions = {
        "ban": {"infraction_id": "a" * 24, "reason": "aimbot", "expires_at": "2026-01-02T03:04:05Z"},
        "voice_block": {"infraction_id": "b" * 24, "reason": "loud"},
        "chat_block": {"infraction_id": "c" * 24, "reason": "spam", "time_left_seconds": 5400},
    }
    outcome = await run("check", "roblox:1", "--ip", "2001:db8::7", "--server", "0" * 24)
    assert outcome.code == 0
    rows = [line.split("\t") for line in outcome.out.splitlines()[1:]]
    assert [row[1] for row in rows] == ["2026-01-02 03:04:05Z", "permanent", "1h30m online"]
    assert gateway.requests[0][1].endswith(f"/restrictions?ip=2001:db8::7&server={'0' * 24}")


@pytest.mark.usefixtures("gateway")
async def test_a_free_player_is_0_too(run: Run) -> None:
    outcome = await run("check", "roblox:1")
    assert (outcome.code, outcome.out) == (0, "roblox:1 nothing restricts this player\n")


async def test_lists_are_paged(run: Run, gateway: StandIn) -> None:
    gateway.infractions = [infraction(number) for number in range(1203)]
    gateway.history = [entry(number) for number in range(60)]
    assert len((await run("infractions", "list", "--json")).json["items"]) == 50
    assert len((await run("infractions", "list", "--limit", "700", "--json")).json["items"]) == 700
    everything = (await run("infractions", "list", "--all", "--json")).json
    assert ([each["id"] for each in everything["items"]], everything["next"]) == (
        [each["id"] for each in gateway.infractions],
        None,
    )
    assert len((await run("history", "roblox:1", "--json")).json["items"]) == 50
    assert len((await run("history", "roblox:1", "--all", "--json")).json["items"]) == 60


async def test_a_list_that_goes_on_says_so(run: Run, gateway: StandIn) -> None:
    gateway.infractions = [infraction(number) for number in range(3)]
    outcome = await run("infractions", "list", "--limit", "2")
    assert outcome.code == 0
    assert "--all" in outcome.complaint


async def test_a_search_is_passed_on(run: Run, gateway: StandIn) -> None:
    options = ("--player", "steam:STEAM_1:0:5", "--ended", "--category", "aimbot", "--server", "0" * 24)
    outcome = await run("infractions", "list", *options)
    assert (outcome.code, outcome.out) == (0, "")
    assert "no infraction matches" in outcome.complaint
    path = gateway.requests[0][1]
    for part in ("player=steam:76561197960265738", "active=false", "category=aimbot", f"server={'0' * 24}"):
        assert part in path


async def test_a_closed_pipe_is_no_traceback(start: Start, gateway: StandIn) -> None:
    gateway.infractions = [infraction(number) for number in range(500)]
    for form in ([], ["--json"]):
        read_end, write_end = os.pipe()
        process = start("infractions", "list", "--all", *form, stdout=write_end)
        os.close(write_end)
        os.close(read_end)
        _, err = await asyncio.to_thread(process.communicate, timeout=60)
        assert (process.returncode, err) == (141, b"")


@pytest.mark.parametrize("arguments", [("infractions", "list"), ("--help",)], ids=["list", "help"])
async def test_a_stdout_that_the_caller_closed_is_one_line(
    start: Start, gateway: StandIn, arguments: tuple[str, ...]
) -> None:
    gateway.infractions = [infraction(1)]
    process = start(*arguments, stdout=None, preexec_fn=lambda: os.close(1))
    _, err = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, err.count(b"\n")) == (2, 1)
    assert b"the answer cannot be written: Bad file descriptor" in err


async def test_a_stderr_that_the_caller_closed_keeps_the_exit_code(start: Start, gateway: StandIn) -> None:
    gateway.infractions = []
    process = start("infractions", "list", stderr=None, preexec_fn=lambda: os.close(2))
    out, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert (process.returncode, out) == (0, b"")


async def test_output_survives_a_terminal_that_is_not_utf8(
    start: Start, gateway: StandIn, environment: dict[str, str | None]
) -> None:
    environment |= {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    gateway.infractions = [infraction(1, reason="naïve ☃")]
    for arguments in (("infractions", "list"), ("infractions", "show", f"{1:024x}")):
        process: subprocess.Popen[bytes] = start(*arguments)
        out, err = await asyncio.to_thread(process.communicate, timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert b"na" in out


async def test_a_stale_answer_says_so(run: Run, gateway: StandIn) -> None:
    gateway.failures = [
        web.json_response({"restrictions": {}, "position": 1}, headers={"Banstream-Stale-Seconds": "12"})
    ]
    outcome = await run("check", "roblox:1", "--json")
    assert (outcome.code, outcome.json["position"]) == (0, 1)
    assert "for 12 s" in outcome.complaint


async def test_a_gateway_that_never_answers_is_given_up(run: Run, environment: dict[str, str | None]) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    environment |= {"BANSTREAM_URL": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "BANSTREAM_TOKEN": "x"}
    began = time.monotonic()
    outcome = await run("ban", "roblox:1", "--reason", "x", "--key", "mine")
    server.close()
    assert outcome.code == 2
    assert "--key mine is safe" in outcome.complaint
    assert time.monotonic() - began < 50


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (("targets", "deliveries"), "/v1/targets/{id}/deliveries"),
        (("ban-files", "receipts"), "/v1/ban-files/{id}/receipts"),
        (("log-sources", "findings"), "/v1/log-sources/{id}/findings"),
    ],
    ids=["deliveries", "receipts", "findings"],
)
async def test_a_list_of_something_that_is_not_there_is_a_no_and_an_empty_one_is_not(
    run: Run, gateway: StandIn, command: tuple[str, str], path: str
) -> None:
    nothing: dict[str, Any] = {"items": [], "next": None}
    missing = problem(404, "unknown-target", "There is no such thing")
    gateway.failures = [missing, web.json_response(nothing)]
    typo = await run(*command, "0" * 24)
    assert (typo.code, typo.out, typo.complaint) == (1, "", "banstream: There is no such thing")
    assert gateway.requests[0][1].partition("?")[0] == path.format(id="0" * 24)
    assert (await run(*command, "1" * 24)).code == 0
