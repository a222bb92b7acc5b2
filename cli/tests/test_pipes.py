"""stdout and stderr whose reader has gone, such as `| head`."""

import asyncio
import os

import pytest
from cli.tests.conftest import Start

SHOWN = {
    "all": ["--help"],
    "none": [],
    "command": ["check", "--help"],
    "group": ["infractions"],
    "answer": ["check", "roblox:1"],
    "json": ["check", "roblox:1", "--json"],
}


@pytest.fixture
def nobody() -> int:
    """The end of a pipe that nobody reads; who starts a process with it closes it."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    return write_end


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("arguments", SHOWN.values(), ids=SHOWN)
async def test_what_nobody_reads_ends_quietly(start: Start, nobody: int, arguments: list[str]) -> None:
    command = start(*arguments, stdout=nobody)
    os.close(nobody)
    _, err = await asyncio.to_thread(command.communicate, timeout=60)
    assert (command.returncode, err) == (141, b"")


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nope"], 2),
        (["infractions"], 2),
        (["infractions", "list", "--player", "roblox:404"], 0),
        (["--data-dir", "/dev/null/stack", "up"], 2),
    ],
    ids=["wrong", "group", "nothing", "stack"],
)
async def test_a_complaint_that_nobody_reads_changes_no_exit_code(
    start: Start, nobody: int, arguments: list[str], code: int
) -> None:
    command = start(*arguments, stderr=nobody)
    os.close(nobody)
    await asyncio.to_thread(command.communicate, timeout=60)
    assert command.returncode == code
