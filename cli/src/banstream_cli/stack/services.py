"""The services of banstream, and what has to be done before they start."""

import sys

import nats
from pydantic import SecretStr

from banstream_cli.bootstrap import mint_dev_credentials
from banstream_cli.stack.access import OPERATOR, Access
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.environment import child_environment
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.nats_server import NatsUser
from banstream_cli.stack.plan import Plan
from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.postgres import SUPERUSER
from banstream_cli.stack.readiness import answers_ok, wait_until_ok
from banstream_cli.stack.secret_file import Secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.together import together
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import StreamsNotApplied, apply_streams

INFRACTIONS, GATEWAY = "infractions", "gateway"
INFRACTIONS_ROLE = "banstream_infractions"
INFRACTIONS_METRICS = "infractions_metrics"
KNOWN_SECONDS = 15.0


def nats_users(secrets: Secrets) -> tuple[NatsUser, ...]:
    """The operator, and a user for each service."""
    return tuple(NatsUser(name, secrets.nats[name]) for name in (OPERATOR, INFRACTIONS, GATEWAY))


async def prepare(access: Access, supervisor: Supervisor) -> None:
    """Schema and streams, at the same time."""
    await together(supervisor.run_step(migration(access)), create_streams(access))


def migration(access: Access) -> ServiceSpec:
    """Bring the schema up to date, and give the service's role its password."""
    own = {
        "BANSTREAM_ADMIN_DATABASE_URL": access.database_url(SUPERUSER),
        "BANSTREAM_INFRACTIONS_PASSWORD": access.secrets.postgres[INFRACTIONS_ROLE],
    }
    return ServiceSpec("migrate", _module("banstream_infractions", "migrate"), child_environment(own))


async def create_streams(access: Access) -> None:
    """Create or update streams, buckets and consumers, as the operator."""
    login = NatsSettings(
        nats_url=access.nats_url, nats_user=OPERATOR, nats_password=SecretStr(access.secrets.nats[OPERATOR])
    )
    try:
        client = await connect(login, "banstream up", timeout_seconds=15)
        try:
            await apply_streams(client, replicas=1)
        finally:
            await client.close()
    except (nats.errors.Error, OSError, TimeoutError, StreamsNotApplied) as error:
        raise StackError(f"the streams were not applied: {error!r}") from error


def stages(settings: StackSettings, access: Access) -> tuple[tuple[ServiceSpec, ...], ...]:
    """Gateways stop first, so that infractions still answers what they have accepted."""
    workers = range(1, settings.gateway_workers + 1)
    return (infractions(access),), tuple(gateway(access, worker) for worker in workers)


def infractions(access: Access) -> ServiceSpec:
    """The service that decides."""
    metrics_port = access.ports[INFRACTIONS_METRICS]
    own = {
        **_nats_login(access, INFRACTIONS),
        "BANSTREAM_DATABASE_URL": access.database_url(INFRACTIONS_ROLE),
        "BANSTREAM_MASTER_KEY": access.secrets.master_key,
        "BANSTREAM_METRICS_PORT": str(metrics_port),
    }
    return ServiceSpec(
        INFRACTIONS,
        _module("banstream_infractions", "serve"),
        child_environment(own),
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{metrics_port}/readyz"),
    )


def port_names(settings: StackSettings) -> tuple[str, ...]:
    """Each process has a port of its own, for probes and scrapes: the HTTP port answers from any gateway."""
    return (INFRACTIONS_METRICS, *(_gateway_port(worker) for worker in range(1, settings.gateway_workers + 1)))


async def mint(access: Access) -> DevCredentials:
    """The first credentials, known to every gateway."""
    credentials = await mint_dev_credentials(access)
    gateways = [port for name, port in access.ports.items() if name.startswith(GATEWAY)]
    await together(*(_is_known(port, credentials.admin_token) for port in gateways))
    return credentials


async def _is_known(port: int, token: str) -> None:
    check = f"http://{LOOPBACK}:{port}/v1/players/roblox/1/restrictions"
    if missing := await wait_until_ok(check, KNOWN_SECONDS, token):
        raise StackError(f"a gateway does not know the new credentials after {KNOWN_SECONDS:g} s: {missing}")


def _gateway_port(worker: int) -> str:
    return f"{GATEWAY}_{worker}"


def gateway(access: Access, worker: int) -> ServiceSpec:
    """One of the processes that share the HTTP port."""
    own_port = access.ports[_gateway_port(worker)]
    own = {
        **_nats_login(access, GATEWAY),
        "BANSTREAM_HTTP_HOST": access.http_host,
        "BANSTREAM_HTTP_PORT": str(access.http_port),
        "BANSTREAM_ADDRESS_KEY": access.secrets.address_key,
        "BANSTREAM_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets),
        "BANSTREAM_METRICS_PORT": str(own_port),
        "BANSTREAM_WORKER": str(worker),
    }
    return ServiceSpec(
        f"{GATEWAY}-{worker}",
        _module("banstream_gateway"),
        child_environment(own),
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{own_port}/readyz"),
    )


def _sealing_public_key(secrets: Secrets) -> str:
    return sealing_public_key(bytes.fromhex(secrets.master_key)).hex()


def _nats_login(access: Access, user: str) -> dict[str, str]:
    return {
        "BANSTREAM_NATS_URL": access.nats_url,
        "BANSTREAM_NATS_USER": user,
        "BANSTREAM_NATS_PASSWORD": access.secrets.nats[user],
    }


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


BANSTREAM = Plan(
    nats_user_names=(OPERATOR, INFRACTIONS, GATEWAY),
    postgres_role_names=(SUPERUSER, INFRACTIONS_ROLE),
    port_names=port_names,
    nats_users=nats_users,
    prepare=prepare,
    stages=stages,
    mint=mint,
)
