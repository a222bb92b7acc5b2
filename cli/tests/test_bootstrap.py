import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli.tests.conftest import Run
from nats.aio.client import Client

from banstream_cli.direct.bootstrap import create_credential, mint_dev_credentials
from banstream_cli.direct.commanding import carried_out
from banstream_cli.direct.default_networks import default_networks
from banstream_cli.stack.access import NATS, OPERATOR, Access
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.secret_file import Secrets
from banstream_cli.terminal.exits import Unconfirmed
from banstream_contracts import streams, subjects
from banstream_contracts.commands.networks import MarkNetworks, UnmarkNetworks
from banstream_contracts.infractions import Actor, Credential
from banstream_contracts.networks import MarkedNetwork, NetworkKind, NetworkMark
from banstream_contracts.queries.infractions import CredentialPage, ListCredentials
from banstream_contracts.queries.networks import ListNetworks, NetworkPage
from banstream_runtime.identifiers import new_id, secret_hash
from banstream_testing.servers import NATS_PASSWORD, NatsServer

WANTED = DevCredentials("0123456789abcdef01234567", "bsk" + "a" * 48, "bst" + "b" * 48, "bst" + "c" * 48)
STAFF = Actor(kind="token", id="staff")


def access_to(nats_port: int, folder: str = ".") -> Access:
    secrets = Secrets({OPERATOR: NATS_PASSWORD}, {}, *["0" * 64] * 5)
    return Access(Path(folder), "127.0.0.1", 1, {NATS: nats_port}, secrets)


async def credentials(client: Client, kind: str) -> list[Credential]:
    question = ListCredentials.model_validate({"kind": kind})
    reply = await client.request(subjects.QUERY_CREDENTIALS, question.model_dump_json().encode(), timeout=30)
    return list(CredentialPage.model_validate_json(reply.data).items)


async def networks(client: Client) -> tuple[MarkedNetwork, ...]:
    question = ListNetworks(limit=500).model_dump_json(exclude_none=True).encode()
    reply = await client.request(subjects.QUERY_NETWORKS, question, timeout=30)
    return NetworkPage.model_validate_json(reply.data).items


async def test_dev_credentials_are_made_as_the_operator(infractions: Client, nats: NatsServer) -> None:
    await mint_dev_credentials(access_to(int(nats.url.rsplit(":", 1)[1])), WANTED)
    made = WANTED
    (server,), tokens = await credentials(infractions, "server"), await credentials(infractions, "token")
    assert (server.id, server.key_hash, server.name) == (made.server_id, secret_hash(made.server_key), "dev server")
    assert server.created_by.id == "bootstrap"
    by_name = {each.name: each for each in tokens}
    assert by_name["dev token"].key_hash == secret_hash(made.token)
    assert by_name["dev token"].scopes == ("check", "report", "punish")
    assert by_name["dev admin"].key_hash == secret_hash(made.admin_token)
    assert by_name["dev admin"].scopes == ("check", "report", "punish", "admin")


async def test_credentials_that_were_made_already_are_made_once(infractions: Client, nats: NatsServer) -> None:
    access = access_to(int(nats.url.rsplit(":", 1)[1]))
    for _ in range(2):
        await mint_dev_credentials(access, WANTED)
    assert [each.id for each in await credentials(infractions, "server")] == [WANTED.server_id]
    assert {each.id for each in await credentials(infractions, "token")} == set(WANTED.token_ids)
    assert len(await credentials(infractions, "token")) == 2


async def test_a_new_stack_has_the_default_networks(infractions: Client, nats: NatsServer) -> None:
    await mint_dev_credentials(access_to(int(nats.url.rsplit(":", 1)[1])), WANTED)
    found = await networks(infractions)
    assert {(each.network, each.kind, each.owner) for each in found} == {
        (mark.network, mark.kind, mark.owner) for mark in default_networks()
    }


async def test_a_stack_that_comes_back_keeps_the_networks_as_staff_left_them(
    infractions: Client, nats: NatsServer
) -> None:
    access = access_to(int(nats.url.rsplit(":", 1)[1]))
    await mint_dev_credentials(access, WANTED)
    first, second = default_networks()[:2]
    changed = NetworkMark(network=second.network, kind=NetworkKind.VPN, owner="as staff say")
    for kind, what in ((UnmarkNetworks, {"networks": (first.network,)}), (MarkNetworks, {"marks": (changed,)})):
        given = {"command_id": new_id(), "correlation_id": new_id(), "issued_at": datetime.now(UTC), "actor": STAFF}
        assert (await carried_out(infractions, kind.model_validate({**given, **what}), "late")).refusal is None
    await mint_dev_credentials(access, WANTED)
    left = {each.network: each.owner for each in await networks(infractions)}
    assert first.network not in left
    assert left[second.network] == "as staff say"


async def test_the_first_token_needs_no_token(infractions: Client, run: Run) -> None:
    outcome = await run("tokens", "create", "first", "--scope", "admin", "--expires-in", "1d", "--bootstrap", "-q")
    assert (outcome.code, outcome.err) == (0, "")
    (token,) = await credentials(infractions, "token")
    assert token.key_hash == secret_hash(outcome.out.strip())
    assert token.expires_at is not None


@pytest.mark.usefixtures("infractions")
async def test_a_name_that_cannot_travel_is_wrong_use(run: Run) -> None:
    outcome = await run("tokens", "create", "a\nb", "--scope", "admin", "--bootstrap")
    assert (outcome.code, outcome.out) == (2, "")
    assert "control character" in outcome.complaint


async def test_without_infractions_the_command_waits_and_nobody_is_told_a_secret(bus: Client) -> None:
    with pytest.raises(Unconfirmed, match="start infractions"):
        await create_credential(bus, kind="token", name="bot", scopes=["check"], result_seconds=0.05)
    assert (await bus.jetstream().stream_info(streams.COMMANDS)).state.messages == 1


async def test_without_streams_it_says_what_to_do(bus: Client, run: Run) -> None:
    await bus.jetstream().delete_stream(streams.COMMANDS)
    outcome = await run("tokens", "create", "first", "--scope", "admin", "--bootstrap")
    assert outcome.code == 2
    assert "banstream streams apply" in outcome.complaint


async def test_without_nats_the_stack_is_told_in_one_line(nowhere: str) -> None:
    async with asyncio.timeout(60):
        with pytest.raises(StackError, match="cannot be reached"):
            await mint_dev_credentials(access_to(int(nowhere.rpartition(":")[2])), WANTED)
