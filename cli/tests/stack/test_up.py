import json
import os
import select
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import nats
import psutil
import pytest

if TYPE_CHECKING:
    from cli.tests.stack.conftest import StartStack

Eventually = Callable[..., Any]
ONLY = {"BANSTREAM_ONLY": "nats,postgres"}


def test_what_the_first_start_made_is_kept(start_stack: "StartStack") -> None:
    first = start_stack()
    before = first.wait_ready()
    assert first.end() == 0
    began = time.monotonic()
    second = start_stack(first.folder)
    after = second.wait_ready()
    assert time.monotonic() - began < 30
    assert after["ports"] == before["ports"]
    assert after["admin_database_url"] == before["admin_database_url"]
    assert after["pids"] != before["pids"]


def test_ready_means_that_the_gateway_answers(start_stack: "StartStack", data_kept: Path) -> None:
    stack = start_stack(data_kept, BANSTREAM_GATEWAY_WORKERS="2")
    state = stack.wait_ready()
    with urllib.request.urlopen(f"{state['url']}/readyz", timeout=30) as response:  # noqa: S310 - our own loopback
        assert response.status == 200
    assert f"READY {state['url']}" in stack.output.splitlines()
    assert set(state["pids"]) == {"nats", "postgres", "worker", "web-1", "web-2"}
    credentials = json.loads((stack.folder / "dev-credentials.json").read_text())
    assert credentials["url"] == state["url"]
    assert f"curl -sS -H 'Authorization: Bearer {credentials['token']}'" in stack.output


async def test_the_state_file_opens_nats_and_postgres(start_stack: "StartStack", data_kept: Path) -> None:
    state = start_stack(data_kept, **ONLY).wait_ready()
    client = await nats.connect(state["nats_url"], user=state["nats_user"], password=state["nats_password"])
    await client.jetstream().account_info()
    await client.close()
    connection = await asyncpg.connect(state["admin_database_url"], ssl=False)
    assert await connection.fetchval("SELECT current_database()") == "banstream"
    await connection.close()


def test_files_with_secrets_are_for_the_owner_alone(start_stack: "StartStack", data_kept: Path) -> None:
    stack = start_stack(data_kept, **ONLY)
    stack.wait_ready()
    for name in ("secrets.json", "stack.json", "stack.env", "nats/nats.conf"):
        assert (stack.folder / name).stat().st_mode & 0o777 == 0o600, name


def test_no_secret_is_in_a_command_line_or_in_the_output(
    start_stack: "StartStack", data_kept: Path, command_line: Callable[[int], str]
) -> None:
    stack = start_stack(data_kept, **ONLY)
    stack.wait_ready()
    kept = json.loads((stack.folder / "secrets.json").read_text())
    secrets = [kept["master_key"], kept["address_key"], *kept["nats"].values(), *kept["postgres"].values()]
    commands = [command_line(pid) for pid in stack.note_family()]
    assert not any(secret in text for secret in secrets for text in (*commands, stack.output, stack.complaint))


def test_only_the_servers_start_when_only_they_are_wanted(start_stack: "StartStack", data_kept: Path) -> None:
    stack = start_stack(data_kept, **ONLY)
    state = stack.wait_ready()
    assert set(state["pids"]) == {"nats", "postgres"}
    assert f"export BANSTREAM_NATS_URL={state['nats_url']}" in stack.output
    exports = (stack.folder / "stack.env").read_text()
    assert f"export BANSTREAM_ADMIN_DATABASE_URL={state['admin_database_url']}" in exports


def test_one_server_alone_can_be_wanted(start_stack: "StartStack", tmp_path: Path) -> None:
    state = start_stack(tmp_path / "nats-alone", BANSTREAM_ONLY="nats").wait_ready()
    assert set(state["pids"]) == {"nats"}
    assert "admin_database_url" not in state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_leaves_no_process_and_no_pids(
    start_stack: "StartStack", data_kept: Path, number: signal.Signals
) -> None:
    stack = start_stack(data_kept)
    stack.wait_ready()
    assert stack.end(number) == 0
    stack.wait_until_nothing_is_left()
    assert (stack.state["ready"], stack.state["pid"], stack.state["pids"]) == (False, None, {})
    assert stack.complaint == ""


def test_a_killed_supervisor_leaves_no_process_and_can_be_started_again_at_once(
    start_stack: "StartStack", data_kept: Path
) -> None:
    stack = start_stack(data_kept)
    before = stack.wait_ready()
    stack.end(signal.SIGKILL)
    again = start_stack(data_kept)
    stack.wait_until_nothing_is_left()
    assert again.wait_ready()["ports"] == before["ports"]


def test_a_killed_postgres_comes_back_and_the_state_file_says_so(
    start_stack: "StartStack", data_kept: Path, eventually: Eventually
) -> None:
    stack = start_stack(data_kept, **ONLY)
    killed = stack.wait_ready()["pids"]["postgres"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: stack.state["pids"].get("postgres", killed) != killed)
    eventually(lambda: stack.output.count("ready to accept connections") == 2)
    assert "postgres ended with SIGKILL; starting it again in 0.5 s" in stack.output


def test_a_state_file_that_cannot_be_written_ends_nothing(
    start_stack: "StartStack", tmp_path: Path, eventually: Eventually
) -> None:
    """As on a full disk: what dies then is started again all the same, and is stopped in the end."""
    stack = start_stack(tmp_path, BANSTREAM_ONLY="nats")
    nats_pid = stack.wait_ready()["pids"]["nats"]
    (tmp_path / "stack.json").unlink()
    (tmp_path / "stack.json").mkdir()
    os.kill(nats_pid, signal.SIGKILL)
    eventually(lambda: stack.output.count("Server is ready") == 2)
    assert "stack.json could not be written" in stack.output
    assert stack.end() == 0
    stack.wait_until_nothing_is_left()


def test_an_interrupted_first_start_leaves_no_process_and_the_next_one_works(
    start_stack: "StartStack", eventually: Eventually
) -> None:
    stack = start_stack(**ONLY)
    eventually(lambda: list(stack.folder.glob("postgres/cluster.new-*/PG_VERSION")), "initdb")
    assert stack.end(signal.SIGINT) == 0
    stack.wait_until_nothing_is_left()
    start_stack(stack.folder, **ONLY).wait_ready()


def test_a_start_killed_half_way_leaves_no_process_and_the_next_one_works(
    start_stack: "StartStack", eventually: Eventually
) -> None:
    stack = start_stack(**ONLY)
    eventually(lambda: list(stack.folder.glob("postgres/cluster.new-*/PG_VERSION")), "initdb")
    stack.end(signal.SIGKILL)
    start_stack(stack.folder, **ONLY).wait_ready()
    stack.wait_until_nothing_is_left()


def test_what_a_killed_run_was_writing_is_removed(start_stack: "StartStack", tmp_path: Path) -> None:
    unfinished = [tmp_path / name for name in (".dev-credentials.json.a1b2c3d4", ".stack.env.a1b2c3d4")]
    for file in unfinished:
        file.write_text("a secret")
    start_stack(tmp_path, BANSTREAM_ONLY="nats").wait_ready()
    assert not [file for file in unfinished if file.exists()]


def test_a_step_that_fails_stops_everything_with_one_line(
    start_stack: "StartStack", data_kept: Path, eventually: Eventually
) -> None:
    stack = start_stack(data_kept, STAND_IN_PREPARE="import sys; sys.exit('no schema')")
    eventually(lambda: stack.note_family() and stack.running.poll() is not None)
    assert stack.running.returncode == 2
    assert stack.complaint == "banstream: prepare failed with exit code 1; its lines above say why\n"
    assert "prepare     | no schema" in stack.output
    stack.wait_until_nothing_is_left()


def test_a_second_start_in_the_same_folder_is_refused_in_one_line(start_stack: "StartStack", data_kept: Path) -> None:
    first = start_stack(data_kept, **ONLY)
    first.wait_ready()
    second = start_stack(data_kept, **ONLY)
    assert second.running.wait(60) == 2
    assert f"in use by another banstream (pid {first.running.pid})" in second.complaint
    assert second.complaint.count("\n") == 1
    assert first.state["ready"]


def test_a_taken_port_is_refused_in_one_line_before_anything_starts(start_stack: "StartStack", tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        stack = start_stack(tmp_path / "stack", BANSTREAM_HTTP_PORT=str(port))
        assert stack.running.wait(60) == 2
    assert stack.complaint.startswith(f"banstream: port {port} on 127.0.0.1 is taken")
    assert stack.complaint.endswith("set BANSTREAM_HTTP_PORT\n")
    assert [path.name for path in stack.folder.iterdir()] == ["lock"]


@pytest.mark.parametrize("variable", ["BANSTREAM_HTTP_HOST", "BANSTREAM_CONSOLE_HOST"])
@pytest.mark.parametrize("host", ["nope.invalid", "192.0.2.1", "a..b", ""], ids=["name", "elsewhere", "label", "none"])
def test_an_address_of_another_machine_is_refused_as_such(
    start_stack: "StartStack", tmp_path: Path, variable: str, host: str
) -> None:
    stack = start_stack(tmp_path / "stack", **{variable: host})
    assert stack.running.wait(60) == 2
    assert stack.complaint.startswith(f"banstream: {host!r} is no address of this machine (")
    assert stack.complaint.endswith(f"; set {variable}\n")
    assert [path.name for path in stack.folder.iterdir()] == ["lock"]


def test_a_port_of_a_stack_that_is_still_starting_is_taken(
    start_stack: "StartStack", data_kept: Path, tmp_path: Path, eventually: Eventually
) -> None:
    first = start_stack(data_kept, STAND_IN_PREPARE="import time; time.sleep(600)")
    eventually(lambda: first.state.get("pid") == first.running.pid, "the ports")
    port = first.state["url"].rpartition(":")[2]
    second = start_stack(tmp_path / "other", BANSTREAM_HTTP_PORT=port)
    assert second.running.wait(60) == 2
    assert second.complaint.startswith(f"banstream: port {port} on 127.0.0.1 is taken")
    assert second.complaint.endswith("set BANSTREAM_HTTP_PORT\n")


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(start_stack: "StartStack", tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stack = start_stack(BANSTREAM_DATA_DIR=str(tmp_path / "file" / "stack"))
    assert stack.running.wait(60) == 2
    assert "cannot be used" in stack.complaint
    assert stack.complaint.count("\n") == 1


def test_lost_secrets_of_a_known_database_are_not_made_anew(start_stack: "StartStack") -> None:
    first = start_stack(**ONLY)
    first.wait_ready()
    first.end()
    (first.folder / "secrets.json").unlink()
    second = start_stack(first.folder, **ONLY)
    assert second.running.wait(60) == 2
    assert "secrets.json is missing" in second.complaint


def test_a_reader_that_stops_reading_does_not_hold_up_the_stop(
    start_stack: "StartStack", data_kept: Path, eventually: Eventually
) -> None:
    read_end, write_end = os.pipe()
    try:
        stack = start_stack(data_kept, output=write_end, STAND_IN_CHATTER="1")
        eventually(lambda: stack.state.get("ready"), "ready")
        eventually(lambda: not select.select([], [write_end], [], 0)[1], "a full pipe")
        assert stack.end() == 0
        stack.wait_until_nothing_is_left()
    finally:
        os.close(read_end)
        os.close(write_end)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_run_it(
    start_stack: "StartStack", folder_of_another: Path, as_another: tuple[str, ...]
) -> None:
    stack = start_stack(folder_of_another / "stack", prefix=as_another)
    state = stack.wait_ready()
    users = {psutil.Process(pid).uids().effective for pid in state["pids"].values()}
    assert users == {folder_of_another.stat().st_uid}
    assert stack.end() == 0
    stack.wait_until_nothing_is_left()


def test_stacks_in_two_folders_run_side_by_side(start_stack: "StartStack", data_kept: Path, tmp_path: Path) -> None:
    ports = [*start_stack(data_kept, **ONLY).wait_ready()["ports"].values()]
    ports += start_stack(tmp_path / "other", **ONLY).wait_ready()["ports"].values()
    assert len(set(ports)) == 6
