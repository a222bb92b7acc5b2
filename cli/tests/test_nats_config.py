"""What `banstream nats` prints and writes, as nats-server itself reads it."""

import json
import ssl
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.tests.conftest import Run

from banstream_cli.installation.kubernetes_secrets import Where, manifests
from banstream_cli.installation.nats_accounts import accounts_with
from banstream_cli.installation.nats_nodes import Cluster
from banstream_cli.stack.nats_server import find_nats_server
from banstream_cli.stack.secret_file import load_secrets
from banstream_contracts import permissions, subscribers

NODES = ("nats-1.example.org", "nats-2.example.org", "192.0.2.3")
KUBERNETES = Path(__file__).parents[2] / "deploy/k8s/components/nats/nats.yaml"


def is_accepted(config: Path) -> bool:
    """Whether nats-server would start with it."""
    done = subprocess.run(  # noqa: S603 - the server of this environment
        [find_nats_server(None), "-t", "-c", config], capture_output=True, text=True, check=False, cwd=config.parent
    )
    assert done.returncode == 0, done.stderr
    return True


async def three_nodes(run: Run, folder: Path) -> dict[str, Path]:
    """The folder of each node, to be used where it is."""
    nodes = [word for node in NODES for word in ("--node", node)]
    into, passwords = folder / "nodes", str(folder / "passwords.json")
    where = ("--into", str(into), "--installed-in", str(into / NODES[0]), "--store", str(folder / "store"))
    done = await run("nats", "config", passwords, *nodes, *where)
    assert (done.code, done.err) == (0, "")
    assert f"BANSTREAM_NATS_URL={','.join(f'tls://{node}:4222' for node in NODES)}" in done.out.splitlines()
    return {node: into / node for node in NODES}


async def test_every_node_gets_what_it_needs_readable_by_its_owner_only(run: Run, tmp_path: Path) -> None:
    nodes = await three_nodes(run, tmp_path)
    for node, folder in nodes.items():
        files = {path.name: path for path in folder.iterdir()}
        assert set(files) == {"nats.conf", "users.conf", "ca.crt", "tls.crt", "tls.key"}
        assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
        text = files["nats.conf"].read_text()
        assert f'listen: "{node}:4222"' in text
        assert all(f'"tls://{each}:6222"' in text for each in NODES)
        assert 'sync_interval: "always"' in text
        assert text.count("verify: true") == 1
        assert is_accepted(files["nats.conf"])
        ssl.create_default_context(cafile=str(files["ca.crt"]))


async def test_nodes_are_never_written_twice(run: Run, tmp_path: Path) -> None:
    """A second authority would not be trusted by those who know the first."""
    await three_nodes(run, tmp_path)
    again = ("--node", "nats-4.example.org", "--into", str(tmp_path / "nodes"))
    outcome = await run("nats", "config", str(tmp_path / "passwords.json"), *again)
    assert (outcome.code, outcome.out) == (2, "")
    assert "File exists" in outcome.complaint


@pytest.mark.parametrize("node", ["../../etc", "", "a b", "a\nb", "::1", "-x", "x" * 300], ids=repr)
async def test_a_node_that_is_no_host_is_refused(run: Run, tmp_path: Path, node: str) -> None:
    words = (f"--node={node}", "--into", str(tmp_path / "nodes"))
    outcome = await run("nats", "config", str(tmp_path / "passwords.json"), *words)
    assert (outcome.code, outcome.out) == (2, "")
    assert not (tmp_path / "nodes").exists()


def test_a_host_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="no set"):
        Cluster(("a", "a"))


async def test_a_single_node_has_no_routes(run: Run, tmp_path: Path) -> None:
    into = tmp_path / "nodes"
    where = ("--into", str(into), "--installed-in", str(into / "localhost"), "--store", str(tmp_path))
    assert (await run("nats", "config", str(tmp_path / "p.json"), "--node", "localhost", *where)).code == 0
    config = into / "localhost/nats.conf"
    assert "cluster {" not in config.read_text()
    assert is_accepted(config)


@pytest.mark.parametrize("size", ["8MB", "80GB", "2TB"])
async def test_how_much_streams_may_take_is_told_to_each_node(run: Run, tmp_path: Path, size: str) -> None:
    into = tmp_path / "nodes"
    where = ("--into", str(into), "--installed-in", str(into / "localhost"), "--store", str(tmp_path))
    words = ("--node", "localhost", "--store-size", size, *where)
    assert (await run("nats", "config", str(tmp_path / "p.json"), *words)).code == 0
    config = into / "localhost/nats.conf"
    assert f"  max_file_store: {size}\n" in config.read_text()
    assert is_accepted(config)


@pytest.mark.parametrize("size", ["", "80", "GB", "0GB", "80 GB", "80GB }", "-1MB"], ids=repr)
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="a size is written like 80GB"):
        Cluster(("a",), store_size=size)


@pytest.mark.parametrize("command", [("config",), ("subscriber", "acme")], ids=lambda command: command[0])
async def test_a_file_of_something_else_is_left_as_it_is(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "secrets.json"
    load_secrets(file, ["operator"], ["postgres"])
    before = file.read_bytes()
    outcome = await run("nats", *command, str(file))
    assert (outcome.code, outcome.out) == (2, "")
    assert "is no file of passwords by user" in outcome.complaint
    assert file.read_bytes() == before


async def test_node_and_into_go_together(run: Run, tmp_path: Path) -> None:
    for words in (("--node", "a"), ("--into", str(tmp_path / "x"))):
        assert (await run("nats", "config", str(tmp_path / "p.json"), *words)).code == 2


async def test_a_subscriber_is_kept_and_stays_who_it_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "passwords.json"
    first = await run("nats", "subscriber", "acme", str(path), "--json")
    again = await run("nats", "subscriber", "acme", str(path), "--json")
    assert first.json == again.json
    assert first.json["consumers"] == ["acme", "acme-2", "acme-3", "acme-4", "acme-5"]
    assert json.loads(path.read_text())["subscriber-acme"] == first.json["BANSTREAM_NATS_PASSWORD"]
    told = (await run("nats", "subscriber", "acme", str(path))).out.splitlines()
    assert told[:2] == [
        "BANSTREAM_NATS_USER=subscriber-acme",
        f"BANSTREAM_NATS_PASSWORD={first.json['BANSTREAM_NATS_PASSWORD']}",
    ]
    config = (await run("nats", "config", str(path), "--json")).json
    assert [user["name"] for user in config["subscribers"]] == ["subscriber-acme"]
    assert [user["name"] for user in config["users"]] == list(permissions.users())


@pytest.mark.parametrize("name", ["", "Acme", "acme-2", "a.b", "a>", "a b", "*", "1a", "ä", "a" * 32], ids=repr)
async def test_a_name_that_would_reach_further_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / "passwords.json"
    outcome = await run("nats", "subscriber", name, str(path))
    assert (outcome.code, outcome.out) == (2, "")
    assert not path.exists()


def test_no_two_subscribers_share_a_consumer() -> None:
    names = ("a", "a_2", "a2", "ab")
    consumers = [each for name in names for each in subscribers.consumers_of(name)]
    assert len(set(consumers)) == len(consumers)


def test_whatever_a_subscriber_may_ask_for_comes_over_from_the_copy() -> None:
    asked = {each.replace(".acme", ".*") for each in subscribers.permissions_of("acme").publish if "acme-" not in each}
    assert asked == set(subscribers.readable())


def test_subscribers_are_where_no_stream_is() -> None:
    """What answers them never has a subject that they named in the account of the copy (ADR 0035)."""
    passwords = dict.fromkeys((*permissions.users(), subscribers.user_of("acme")), "secret")
    copy, readers = "\n".join(accounts_with(passwords)).split("  SUBSCRIBERS {")[1].split("  READERS {")
    assert "subscriber-acme" in readers
    assert "subscriber-acme" not in copy
    assert "jetstream" not in readers


def test_nats_accepts_the_configuration_for_kubernetes(tmp_path: Path) -> None:
    """With the users and certificates that `banstream kubernetes secrets` makes."""
    made = {each["metadata"]["name"]: each["stringData"] for each in manifests(Where(), datetime.now(UTC))}
    (tmp_path / "auth").mkdir()
    (tmp_path / "auth/users.conf").write_text(made["banstream-nats-users"]["users.conf"])
    for name, text in made["banstream-nats-tls"].items():
        (tmp_path / name).write_text(text)
    block = KUBERNETES.read_text().split("nats.conf: |\n", 1)[1].split("\n---", 1)[0]
    text = block.replace("/etc/nats/tls", str(tmp_path)).replace("$POD_NAME", "nats-0").replace("/data", str(tmp_path))
    (tmp_path / "nats.conf").write_text(text)
    assert "sync_interval: always" in text
    assert is_accepted(tmp_path / "nats.conf")
