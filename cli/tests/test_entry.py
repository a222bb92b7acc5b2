import asyncio
import sys
from pathlib import Path

import pytest
from cli.tests.conftest import Run

from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.terminal.entry import PLACES, load


@pytest.mark.parametrize("name", PLACES)
def test_every_command_is_where_the_table_says(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert command.help


@pytest.mark.usefixtures("start")
async def test_help_names_every_command_and_loads_none() -> None:
    code = (
        "import sys; from banstream_cli.root import app; from typer.testing import CliRunner;"
        "print(CliRunner().invoke(app, ['--help']).output);"
        "print(sorted({'aiohttp', 'nats', 'asyncpg', 'pydantic'} & set(sys.modules)))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    text = out.decode()
    assert text.rstrip().endswith("[]")
    assert all(name in text for name in PLACES)
    assert "BANSTREAM_NATS_URL" in text
    assert all(log.password_variable in text for log in EVENT_LOGS.values())
    assert "Exit codes" in text


async def test_every_subcommand_has_help_and_json(run: Run) -> None:
    for name in PLACES:
        command = load(name)
        for arguments in [[name, each] for each in getattr(command, "commands", {})] or [[name]]:
            outcome = await run(*arguments, "--help", COLUMNS="120")
            assert (outcome.code, outcome.err) == (0, ""), outcome
            assert "--json" in outcome.out or name == "up", arguments


async def test_without_a_command_the_help_is_shown(run: Run) -> None:
    outcome = await run()
    assert "Usage: banstream" in outcome.out + outcome.err


async def test_a_choice_that_there_is_not_is_told_with_those_there_are(run: Run) -> None:
    outcome = await run("log", "verify", "--log", "nope")
    assert outcome.complaint.startswith("banstream: Invalid value for '--log': 'nope' is not one of 'infractions', ")


@pytest.mark.parametrize(
    ("player", "said"),
    [
        ("roblox:", "id: String should have"),
        ("ROBLOX:5", "service: String should match"),
        ("roblox:x", "a Roblox user"),
    ],
    ids=["id", "service", "ours"],
)
async def test_a_player_that_is_none_is_told_by_the_part_that_is_wrong(run: Run, player: str, said: str) -> None:
    outcome = await run("check", player)
    assert outcome.code == 2
    assert outcome.complaint.startswith(f"banstream: Invalid value: {said}")


async def test_only_may_come_several_times(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for names in (("nats,redis",), ("redis", "nats")):
        only = [part for name in names for part in ("--only", name)]
        outcome = await run("--data-dir", str(tmp_path / "file"), "up", *only)
        assert outcome.code == 2
        assert "BANSTREAM_ONLY" in outcome.complaint
