"""What the processes of an installation say that are set wrongly: a few lines, and exit code 2."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECIDING = ("infractions", "abuse-tracker", "notifier", "ftp-sync", "dayz-feed")
SECRET = "hunter2"
DATABASE = f"postgresql://banstream:{SECRET}@127.0.0.1:1/banstream"
KEY = "0" * 64
DESCRIBED = "banstream: the settings are described in "


def said(module: str, *arguments: str, **environment: str) -> list[str]:
    """The lines on stderr of a process that ends with 2."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()


def page_in(line: str) -> Path:
    assert line.startswith(DESCRIBED)
    return ROOT / line.removeprefix(DESCRIBED)


def module_of(service: str) -> str:
    return f"banstream_{service.replace('-', '_')}"


@pytest.mark.parametrize("service", DECIDING)
def test_a_service_names_what_is_missing_and_what_is_wrong(service: str) -> None:
    missing, wrong, where = said(module_of(service), BANSTREAM_METRICS_PORT=SECRET)
    assert missing == "banstream: BANSTREAM_DATABASE_URL: must be set"
    assert wrong.startswith("banstream: BANSTREAM_METRICS_PORT: Input should be a valid integer")
    assert page_in(where).is_file()


@pytest.mark.parametrize("service", ["notifier", "ftp-sync", "dayz-feed", "infractions"])
def test_a_service_names_the_key_that_is_missing(service: str) -> None:
    key = "BANSTREAM_" + ("" if service == "infractions" else f"{service.replace('-', '_').upper()}_") + "MASTER_KEY"
    missing, _ = said(module_of(service), BANSTREAM_DATABASE_URL=DATABASE)
    assert missing == f"banstream: set {key} or {key}_FILE"


@pytest.mark.parametrize("service", DECIDING)
def test_the_deploy_step_names_what_is_missing_and_what_is_wrong(service: str) -> None:
    password = f"BANSTREAM_{service.replace('-', '_').upper()}_PASSWORD"
    lines = said(module_of(service), "migrate", BANSTREAM_ADMIN_DATABASE_URL=SECRET)
    assert lines[0].startswith(
        "banstream: BANSTREAM_ADMIN_DATABASE_URL: must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE,"
    )
    assert lines[1] == f"banstream: {password}: must be set"
    assert page_in(lines[2]).is_file()


def test_the_deploy_step_says_that_postgres_is_not_there() -> None:
    environment = {"BANSTREAM_ADMIN_DATABASE_URL": DATABASE, "BANSTREAM_INFRACTIONS_PASSWORD": SECRET}
    (line,) = said("banstream_infractions", "migrate", **environment)
    assert "Postgres does not do it" in line
    assert "BANSTREAM_ADMIN_DATABASE_URL" in line


def test_a_gateway_names_what_is_missing_and_what_is_wrong() -> None:
    missing, wrong, where = said("banstream_gateway", BANSTREAM_HTTP_PORT="99999", BANSTREAM_ADDRESS_KEY=KEY)
    assert {missing.split(":")[1], wrong.split(":")[1]} == {" BANSTREAM_HTTP_PORT", " BANSTREAM_SEALING_PUBLIC_KEY"}
    assert page_in(where).is_file()


def test_a_console_names_what_is_wrong() -> None:
    lines = said("banstream_console", BANSTREAM_CONSOLE_TIME_ZONE="Mars", BANSTREAM_NATS_URL=f"x:{SECRET}")
    assert [line.split(":")[1] for line in lines[:-1]] == [" BANSTREAM_NATS_URL", " BANSTREAM_CONSOLE_TIME_ZONE"]
    assert page_in(lines[-1]).is_file()


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        yield str(stranger.getsockname()[1])


LISTENING: Mapping[str, Mapping[str, str]] = {
    "gateway": {"BANSTREAM_ADDRESS_KEY": KEY, "BANSTREAM_SEALING_PUBLIC_KEY": KEY},
    "console": {"BANSTREAM_CONSOLE_PORT": "0"},
    "abuse-tracker": {"BANSTREAM_DATABASE_URL": DATABASE},
}


@pytest.mark.parametrize("service", LISTENING)
def test_a_port_that_is_taken_is_said(service: str, taken: str) -> None:
    (line,) = said(module_of(service), BANSTREAM_METRICS_PORT=taken, **LISTENING[service])
    assert line.startswith("banstream: cannot listen (")
    assert taken in line


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("migrate", [f"BANSTREAM_{service.replace('-', '_').upper()}_PASSWORD" for service in DECIDING]),
        ("rebuild", ["the URL that was set", "BANSTREAM_ADMIN_DATABASE_URL"]),
        ("up", ["BANSTREAM_GATEWAY_WORKERS", "BANSTREAM_HTTP_PORT"]),
    ],
    ids=["migrate", "rebuild", "up"],
)
def test_the_command_line_names_everything_in_one_line(verb: str, names: list[str], tmp_path: Path) -> None:
    wrong = {"BANSTREAM_ADMIN_DATABASE_URL": SECRET, "BANSTREAM_GATEWAY_WORKERS": SECRET, "BANSTREAM_HTTP_PORT": "0"}
    (line,) = said("banstream_cli", verb, BANSTREAM_DATA_DIR=str(tmp_path), **wrong)
    assert [name for name in names if name in line] == names
