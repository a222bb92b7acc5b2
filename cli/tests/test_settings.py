import json
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from cli.tests.conftest import Run
from cli.tests.gateway_stand_in import TOKEN, StandIn

from banstream_cli.root import app
from banstream_cli.settings import Gateway, NatsLogin, Settings
from banstream_cli.terminal.exits import Stuck, Unreachable

LOCAL = "http://127.0.0.1:8080"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    credentials = {"url": LOCAL, "server": {"id": "1", "key": "k"}, "token": "plain", "admin_token": "admin"}
    (tmp_path / "dev-credentials.json").write_text(json.dumps(credentials))
    state = {
        "pid": 1,
        "url": LOCAL,
        "nats_url": "nats://127.0.0.1:4222",
        "nats_user": "operator",
        "nats_password": "word",
        "admin_database_url": "postgresql://postgres:word@127.0.0.1:5432/banstream",
    }
    (tmp_path / "stack.json").write_text(json.dumps(state))
    return tmp_path


def test_a_local_stack_is_found(stack: Path) -> None:
    settings = Settings(stack, {})
    assert settings.gateway() == Gateway(LOCAL, "admin")
    assert settings.nats() == NatsLogin("nats://127.0.0.1:4222", "operator", "word")
    assert settings.admin_database_url().startswith("postgresql://postgres:word@")
    assert settings.known_gateway_url() == LOCAL


def test_the_environment_comes_first(stack: Path) -> None:
    environment = {
        "BANSTREAM_TOKEN": "mine",
        "BANSTREAM_NATS_PASSWORD": "p",
        "BANSTREAM_ADMIN_DATABASE_URL": "postgresql://x/y",
    }
    settings = Settings(stack, environment, gateway_url="https://b.example/", nats_url="nats://n", nats_user="u")
    assert settings.gateway() == Gateway("https://b.example", "mine")
    assert settings.nats() == NatsLogin("nats://n", "u", "p")
    assert settings.admin_database_url() == "postgresql://x/y"


def test_the_token_of_the_stack_is_not_shown_to_another_gateway(stack: Path) -> None:
    with pytest.raises(Stuck, match="BANSTREAM_TOKEN"):
        Settings(stack, {}, gateway_url="https://b.example").gateway()
    assert Settings(stack, {}, gateway_url=f"{LOCAL}/").gateway().token == "admin"
    assert Settings(stack, {}, nats_url="nats://other").nats() == NatsLogin("nats://other")


def test_an_authority_is_that_of_the_nats_that_was_named(stack: Path) -> None:
    environment = {"BANSTREAM_NATS_CA_FILE": "ca.crt"}
    assert Settings(stack, environment, nats_url="tls://n").nats() == NatsLogin("tls://n", ca_file="ca.crt")
    assert Settings(stack, environment).nats().ca_file is None


def test_a_stopped_stack_is_said_to_be(stack: Path) -> None:
    state = json.loads((stack / "stack.json").read_text())
    (stack / "stack.json").write_text(json.dumps({**state, "pid": None}))
    with pytest.raises(Unreachable, match="is stopped"):  # somebody else may be at its port
        Settings(stack, {}).gateway()
    assert Settings(stack, {"BANSTREAM_TOKEN": "mine"}).gateway() == Gateway(LOCAL, "mine")
    for ask in (Settings(stack, {}).nats, Settings(stack, {}).admin_database_url):
        with pytest.raises(Unreachable, match="is stopped: run `banstream up`"):
            ask()


def test_no_secret_is_in_a_representation(stack: Path) -> None:
    settings = Settings(stack, {"BANSTREAM_TOKEN": "hidden-word"})
    shown = f"{settings!r} {settings.gateway()!r} {NatsLogin('n', 'u', 'hidden-word')!r}"
    assert "hidden-word" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "roblox:1"), "BANSTREAM_URL"),
        (("events", "tail"), "BANSTREAM_NATS_URL"),
        (("dead", "list"), "BANSTREAM_NATS_URL"),
        (("tokens", "create", "x", "--scope", "admin", "--bootstrap"), "BANSTREAM_NATS_URL"),
        (("log", "verify"), "BANSTREAM_ADMIN_DATABASE_URL"),
        (("rebuild",), "BANSTREAM_ADMIN_DATABASE_URL"),
    ],
)
async def test_nothing_known_is_one_line_that_says_what_to_set(run: Run, arguments: tuple[str, ...], said: str) -> None:
    outcome = await run(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.complaint
    assert "banstream up" in outcome.complaint


async def test_a_file_that_is_no_json_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dev-credentials.json").write_text("{")
    outcome = await run("check", "roblox:1", BANSTREAM_DATA_DIR=str(tmp_path))
    assert outcome.code == 2
    assert "dev-credentials.json is not readable JSON" in outcome.complaint


@pytest.mark.usefixtures("gateway")
async def test_a_wrong_token_is_2(run: Run) -> None:
    outcome = await run("check", "roblox:1", BANSTREAM_TOKEN=f"{TOKEN}x")
    assert (outcome.code, outcome.out) == (2, "")
    assert "BANSTREAM_TOKEN" in outcome.complaint
    assert TOKEN not in outcome.err


async def test_a_stack_of_somebody_else_is_said_to_be_once_with_what_to_do(run: Run, tmp_path: Path) -> None:
    """Root reads every file, but no folder as one."""
    for name in ("dev-credentials.json", "stack.json"):
        (tmp_path / name).mkdir()
    outcome = await run("log", "verify", BANSTREAM_DATA_DIR=str(tmp_path))
    assert (outcome.code, outcome.out) == (2, "")
    assert "stack.json cannot be read (Is a directory): run this as who runs the stack" in outcome.complaint
    examined = (await run("doctor", "--json", BANSTREAM_DATA_DIR=str(tmp_path))).json["checks"]
    wrong = {each["check"]: each["todo"] for each in examined if each["state"] == "wrong"}
    assert wrong.keys() == {"NATS", "Postgres", "gateway", "console"}
    assert set(wrong.values()) == {"run this as who runs the stack, or set BANSTREAM_DATA_DIR"}


def test_a_stack_of_somebody_else_is_not_asked_for_what_the_environment_says(tmp_path: Path) -> None:
    """Its folder may be passed through, not read."""
    (tmp_path / "dev-credentials.json").mkdir()
    known = Settings(tmp_path, {"BANSTREAM_TOKEN": "mine"}, gateway_url="https://b.example")
    assert known.gateway() == Gateway("https://b.example", "mine")
    (folder,) = (each for each in typer.main.get_command(app).params if each.name == "data_dir")
    assert not cast("Any", folder).type_descriptor.parameter_info.readable


@pytest.mark.usefixtures("gateway")
async def test_a_token_from_a_file_of_windows_is_taken(run: Run) -> None:
    assert (await run("check", "roblox:1", BANSTREAM_TOKEN=f"{TOKEN}\r")).code == 0


@pytest.mark.usefixtures("gateway")
async def test_a_token_of_several_lines_is_named_and_not_the_gateway(run: Run) -> None:
    outcome = await run("check", "roblox:1", BANSTREAM_TOKEN=f"id\n{TOKEN}")
    assert outcome.code == 2
    assert outcome.complaint.startswith("banstream: BANSTREAM_TOKEN holds more than a token")
    assert TOKEN not in outcome.err


async def test_an_option_is_as_good_as_the_environment(run: Run, gateway: StandIn) -> None:
    outcome = await run("--url", gateway.url, "check", "roblox:1", BANSTREAM_URL=None)
    assert outcome.code == 0
