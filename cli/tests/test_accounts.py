"""Accounts from the terminal, against a real infractions service."""

import pytest
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_cli.direct.accounts import accounts, change, command_for
from banstream_cli.terminal.exits import Unconfirmed
from banstream_contracts import streams, subjects
from banstream_contracts.accounts import Role
from banstream_contracts.commands.accounts import DisableAccount
from banstream_runtime.identifiers import secret_hash
from banstream_testing.waiting import eventually

CONSOLE = "https://bans.example.org"


async def known(client: Client, count: int) -> bool:
    return len(await accounts(client)) == count


async def test_the_first_owner_is_made_by_a_link(infractions: Client, run: Run) -> None:
    assert (await run("accounts", "list")).complaint.endswith("`banstream accounts add NAME --role owner`")
    made = await run("accounts", "add", "olga", "--role", "owner", "--name", "Olga K.", "--console", f"{CONSOLE}/")
    assert (made.code, made.err) == (0, "")
    first, link = made.out.splitlines()
    assert first.startswith("olga chooses a password here, once, until ")
    assert link.startswith(f"{CONSOLE}/join/")
    await eventually(lambda: known(infractions, 1))
    (account,) = await accounts(infractions)
    assert (account.login, account.name, account.role, account.is_joined) == ("olga", "Olga K.", Role.OWNER, False)
    token = link.rpartition("/")[2]
    assert account.invitation == secret_hash(token)
    assert token not in account.model_dump_json()
    again = await run("accounts", "add", "olga", "--role", "owner", "--console", CONSOLE)
    assert (again.code, again.complaint) == (1, "banstream: there is an account olga already")


async def test_what_the_bucket_says_of_itself_is_no_account(bus: Client) -> None:
    for key in (streams.POSITION_KEY, streams.FILLING_KEY):
        await bus.jetstream().publish(subjects.entry(streams.ACCOUNTS_BUCKET, key), b"9")
    assert await accounts(bus) == []


async def test_an_account_is_listed_changed_disabled_and_invited_again(infractions: Client, run: Run) -> None:
    made = await run("accounts", "add", "mona", "--role", "viewer", "--json", BANSTREAM_CONSOLE_URL=CONSOLE)
    assert made.json["link"].startswith(f"{CONSOLE}/join/")
    assert (await run("accounts", "role", "mona", "moderator")).out == "mona is moderator\n"
    assert (await run("accounts", "role", "mona", "moderator", "--json")).json["status"] == "unchanged"
    renewed = await run("accounts", "invite", "mona", "--json", BANSTREAM_CONSOLE_URL=CONSOLE)
    assert renewed.json["link"] != made.json["link"]
    assert (await run("accounts", "revoke-sessions", "mona")).out == "mona is signed out everywhere\n"
    assert (await run("accounts", "disable", "mona", "--reason", "left")).out == "mona is let in no more\n"

    async def is_disabled() -> bool:
        return (await accounts(infractions))[0].disabled

    await eventually(is_disabled)
    rows = [line.split("\t") for line in (await run("accounts", "list")).out.splitlines()]
    assert rows[1:] == [["mona", "mona", "moderator", "disabled", "no"]]
    (item,) = (await run("accounts", "list", "--json")).json["items"]
    assert (item["role"], item["disabled"], item["joined"]) == ("moderator", True, False)
    assert not {"password", "invitation", "recovery"} & item.keys()
    refused = await run("accounts", "invite", "mona", "--console", CONSOLE)
    assert (refused.code, refused.complaint) == (1, "banstream: mona is disabled: enable the account first")
    assert (await run("accounts", "enable", "mona")).code == 0

    async def is_enabled() -> bool:
        return not await is_disabled()

    await eventually(is_enabled)
    assert (await run("accounts", "list")).out.splitlines()[1].split("\t")[3] == "has no link"
    assert (await run("accounts", "disable-totp", "mona")).code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("Olga",), "Olga is no name: write 2 to 32 of"),
        (("olga", "--name", "Ol\u202ega"), "invisible character U+202E"),
        (("olga", "--console", "bans.example.org"), "--console to its URL"),
    ],
    ids=["login", "name", "console"],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(
    bus: Client, run: Run, arguments: tuple[str, ...], complaint: str
) -> None:
    given = arguments if "--console" in arguments else (*arguments, "--console", CONSOLE)
    outcome = await run("accounts", "add", *given, "--role", "viewer")
    assert outcome.code == 2
    assert complaint in outcome.complaint
    assert await accounts(bus) == []


async def test_a_name_that_nobody_has_is_said_so(infractions: Client, run: Run) -> None:
    assert infractions.is_connected
    outcome = await run("accounts", "disable", "nobody")
    assert (outcome.code, outcome.complaint) == (1, "banstream: there is no account nobody")


async def test_without_infractions_it_is_stored_and_not_done(bus: Client) -> None:
    with pytest.raises(Unconfirmed, match="start infractions"):
        await change(bus, command_for(DisableAccount, "olga", {}), 0.1)
    assert (await bus.jetstream().stream_info(streams.COMMANDS)).state.messages == 1
