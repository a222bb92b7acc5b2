"""Commands of Discord, registered from the terminal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.tests.conftest import Outcome, Run

from banstream_cli.discord.difference import difference
from banstream_gateway.discord.registration import definitions
from banstream_testing.discord_app import APPLICATION_ID, BOT_TOKEN, GUILD_ID, DiscordApp, discord_app

NAMES = ["ban", "unban", "check", "history"]


@pytest.fixture
async def discord(environment: dict[str, str | None]) -> AsyncIterator[DiscordApp]:
    async with discord_app() as app:
        environment |= {"BANSTREAM_DISCORD_API_URL": app.url, "BANSTREAM_DISCORD_APPLICATION_ID": APPLICATION_ID}
        yield app


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(f"{BOT_TOKEN}\n")
    return str(file)


async def register(run: Run, token_file: str, *more: str) -> Outcome:
    return await run("discord", "register", "--token-file", token_file, *more)


async def test_commands_are_registered_and_the_difference_shown(run: Run, discord: DiscordApp, token_file: str) -> None:
    discord.commands[""] = [{"name": "old", "type": 1, "description": "x"}]
    outcome = await register(run, token_file)
    assert (outcome.code, outcome.err) == (0, "")
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert rows[0] == ["COMMAND", "WHAT", "WHERE"]
    assert rows[1:-1] == [*([f"/{name}", "added", ""] for name in NAMES), ["/old", "removed", ""]]
    assert rows[-1] == ["registered everywhere"]
    assert discord.commands[""] == definitions(is_global=True)
    again = (await register(run, token_file, "--json")).json
    assert again == {"added": [], "changed": {}, "removed": [], "unchanged": NAMES, "registered": True}


async def test_a_guild_has_commands_of_its_own(run: Run, discord: DiscordApp, token_file: str) -> None:
    outcome = await register(run, token_file, "--guild", GUILD_ID)
    assert outcome.out.endswith(f"registered for the guild {GUILD_ID}\n")
    assert discord.commands == {GUILD_ID: definitions(is_global=False)}


async def test_a_dry_run_only_shows(run: Run, discord: DiscordApp, token_file: str) -> None:
    outcome = await register(run, token_file, "--dry-run", "--json")
    assert (outcome.code, outcome.json["added"], outcome.json["registered"]) == (0, NAMES, False)
    assert "nothing was registered" in (await register(run, token_file, "--dry-run")).complaint
    assert discord.commands == {}


async def test_a_check_is_no_until_all_is_as_it_should_be(run: Run, discord: DiscordApp, token_file: str) -> None:
    check = ("discord", "check", "--token-file", token_file)
    assert (await run(*check)).code == 1
    await register(run, token_file)
    outcome = await run(*check, "--json")
    assert (outcome.code, outcome.json["unchanged"]) == (0, NAMES)
    discord.commands[""][0]["description"] = "other"
    outcome = await run(*check)
    assert outcome.code == 1
    assert "/ban\tchanged\tdescription" in outcome.out
    assert "discord register" in outcome.complaint


def test_a_difference_names_fields_and_options() -> None:
    wanted = definitions(is_global=True)
    there = definitions(is_global=True)
    del there[0]["options"][5]
    there[0]["options"][1]["required"] = False
    there[1]["options"].reverse()
    there[2]["name_localizations"]["pt-BR"] = "ver"
    found = difference(there, wanted)
    assert found.changed == {
        "ban": ("options.duration", "options.severity"),
        "unban": ("options",),
        "check": ("name_localizations",),
    }
    assert found.unchanged == ("history",)


@pytest.mark.parametrize("fault", ["503", "429", "cut"])
async def test_a_passing_fault_is_tried_again(fault: str, run: Run, discord: DiscordApp, token_file: str) -> None:
    discord.faults.append(fault)  # type: ignore[arg-type] # one of those that it knows
    assert (await register(run, token_file)).code == 0
    assert len(discord.commands[""]) == len(NAMES)


async def test_what_discord_refuses_is_said_in_one_line(
    run: Run, discord: DiscordApp, token_file: str, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("s3cret-but-wr0ng")
    outcome = await register(run, str(wrong))
    assert (outcome.code, "401" in outcome.complaint, "bot token" in outcome.complaint) == (2, True, True)
    assert "s3cret" not in outcome.err + outcome.out
    discord.faults.append("403")
    outcome = await register(run, token_file, "--guild", GUILD_ID)
    assert (outcome.code, "applications.commands" in outcome.complaint) == (2, True)
    assert discord.commands == {}


async def test_a_long_rate_limit_is_not_waited_for(run: Run, discord: DiscordApp, token_file: str) -> None:
    discord.faults.append("429")
    discord.retry_after = 300
    outcome = await register(run, token_file)
    assert (outcome.code, "try again in 300 s" in outcome.complaint, discord.requests) == (2, True, 1)


async def test_wrong_use_is_said_in_one_line(run: Run, discord: DiscordApp, token_file: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("two words")
    for arguments, expected in [
        (("--token-file", str(empty)), "holds no bot token"),
        (("--token-file", str(tmp_path / "none")), "cannot be read"),
        (("--token-file", token_file, "--guild", "../1"), "--guild is a number"),
        (("--token-file", token_file, "--application-id", "x"), "--application-id is a number"),
        (("--token-file", token_file, "--api-url", "nowhere"), "is no URL"),
    ]:
        outcome = await run("discord", "register", *arguments)
        assert (outcome.code, expected in outcome.complaint) == (2, True), outcome.err
    assert discord.requests == 0


async def test_nobody_there_is_said_in_one_line(run: Run, token_file: str, nowhere: str) -> None:
    outcome = await register(run, token_file, "--application-id", "1", "--api-url", f"http://{nowhere}")
    assert (outcome.code, "cannot be reached" in outcome.complaint) == (2, True)
