"""Commands against a NATS with TLS, as `banstream nats config` writes it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.tests.conftest import Run, Start

from banstream_testing.nats_cluster import HOSTS, nats_cluster
from banstream_testing.servers import NATS_PASSWORD

pytestmark = pytest.mark.usefixtures("secure_nats")


@pytest.fixture
def secure_nats(environment: dict[str, str | None]) -> Iterator[None]:
    """A node with TLS, which the command finds by its environment as its operator."""
    with nats_cluster(hosts=HOSTS[:1]) as node:
        environment |= {
            "BANSTREAM_NATS_URL": node.url,
            "BANSTREAM_NATS_CA_FILE": node.ca_file,
            "BANSTREAM_NATS_USER": "operator",
            "BANSTREAM_NATS_PASSWORD": NATS_PASSWORD,
        }
        yield


async def test_a_command_over_tls_says_nothing_but_its_answer(start: Start) -> None:
    applying = start("streams", "apply")
    out, err = await asyncio.to_thread(applying.communicate, timeout=60)
    assert (applying.returncode, err) == (0, b"")
    assert out.startswith(b"applied: ")


async def test_a_wrong_password_over_tls_is_said_in_one_line(start: Start, environment: dict[str, str | None]) -> None:
    environment["BANSTREAM_NATS_PASSWORD"] = "wrong"
    listing = start("dead", "list")
    _, err = await asyncio.to_thread(listing.communicate, timeout=60)
    assert (listing.returncode, len(err.splitlines())) == (2, 1)
    assert b"does not let us in" in err


async def test_an_authority_that_cannot_be_used_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.crt").touch()
    for name, why in (("missing.crt", "No such file or directory"), ("empty.crt", "it holds no certificate")):
        path = tmp_path / name
        outcome = await run("streams", "apply", BANSTREAM_NATS_CA_FILE=str(path))
        assert outcome.code == 2
        assert outcome.complaint == f"banstream: BANSTREAM_NATS_CA_FILE: {path} cannot be used ({why})"


async def test_a_server_that_no_authority_vouches_for_is_not_taken_for_one_that_is_away(run: Run) -> None:
    outcome = await run("streams", "apply", BANSTREAM_NATS_CA_FILE=None)
    assert outcome.code == 2
    assert "shows a certificate that is not trusted" in outcome.complaint
    assert "set BANSTREAM_NATS_CA_FILE" in outcome.complaint
