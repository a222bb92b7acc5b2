"""The services of banstream, and what has to be done before they start."""

import sys
from collections.abc import Mapping

import nats
from pydantic import SecretStr

from banstream_abuse_tracker.operations import ROLE as ABUSE_TRACKER_ROLE
from banstream_cli.direct.accounts import accounts
from banstream_cli.direct.bootstrap import mint_dev_credentials
from banstream_cli.direct.bus import operator
from banstream_cli.settings import NatsLogin
from banstream_cli.stack.access import CONSOLE, OPERATOR, Access
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.environment import child_environment
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.nats_users import NatsUser, users_with
from banstream_cli.stack.plan import Plan
from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.postgres import SUPERUSER
from banstream_cli.stack.readiness import answers_ok, wait_until_ok
from banstream_cli.stack.secret_file import Secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.together import together
from banstream_cli.terminal.exits import Trouble
from banstream_contracts import permissions, streams
from banstream_dayz_feed.operations import ROLE as DAYZ_FEED_ROLE
from banstream_ftp_sync.operations import ROLE as FTP_SYNC_ROLE
from banstream_infractions.operations import ROLE as INFRACTIONS_ROLE
from banstream_notifier.operations import ROLE as NOTIFIER_ROLE
from banstream_privacy.appeal_codes import appeal_key
from banstream_privacy.key_ring import read_keys, written_keys
from banstream_privacy.sharing import accounts_key, ban_list_key
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.connection import NatsSettings, connect
from banstream_runtime.streams import StreamsNotApplied, apply_streams

INFRACTIONS, ABUSE_TRACKER, NOTIFIER = streams.INFRACTIONS, streams.ABUSE_TRACKER, streams.NOTIFIER
FTP_SYNC = streams.FTP_SYNC
DAYZ_FEED = streams.DAYZ_FEED
GATEWAY = "gateway"
CONSOLE_METRICS = "console_metrics"
INFRACTIONS_METRICS, ABUSE_TRACKER_METRICS = "infractions_metrics", "abuse_tracker_metrics"
NOTIFIER_METRICS = "notifier_metrics"
DAYZ_FEED_METRICS = "dayz_feed_metrics"
FTP_SYNC_METRICS = "ftp_sync_metrics"
KNOWN_SECONDS = 15.0


def nats_users(secrets: Secrets) -> tuple[NatsUser, ...]:
    """The operator, and a user for each service, who may do what that service does (ADR 0009)."""
    return users_with(secrets.nats)


async def prepare(access: Access, supervisor: Supervisor) -> None:
    """Schemas and streams, at the same time."""
    await together(*(supervisor.run_step(step) for step in migrations(access)), create_streams(access))


def migrations(access: Access) -> tuple[ServiceSpec, ...]:
    """Bring the schema of each service up to date, and give its role its password. They wait for each other."""
    return (
        _migration(access, "banstream_infractions", "BANSTREAM_INFRACTIONS_PASSWORD", INFRACTIONS_ROLE),
        _migration(access, "banstream_abuse_tracker", "BANSTREAM_ABUSE_TRACKER_PASSWORD", ABUSE_TRACKER_ROLE),
        _migration(access, "banstream_notifier", "BANSTREAM_NOTIFIER_PASSWORD", NOTIFIER_ROLE),
        _migration(access, "banstream_dayz_feed", "BANSTREAM_DAYZ_FEED_PASSWORD", DAYZ_FEED_ROLE),
        _migration(access, "banstream_ftp_sync", "BANSTREAM_FTP_SYNC_PASSWORD", FTP_SYNC_ROLE),
    )


async def create_streams(access: Access) -> None:
    """Create or update streams, buckets and consumers, as the operator."""
    login = NatsSettings(
        nats_url=access.nats_url,
        nats_user=OPERATOR,
        nats_password=SecretStr(access.secrets.nats[OPERATOR]),
        nats_ca_file=None,  # what the shell says is of another NATS
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
    """Gateways stop first, so that the services behind them still answer what they have accepted."""
    workers = range(1, settings.gateway_workers + 1)
    deciders = (infractions(access), abuse_tracker(access), notifier(access), ftp_sync(access), dayz_feed(access))
    return deciders, (*(gateway(access, worker) for worker in workers), console(access))


def infractions(access: Access) -> ServiceSpec:
    """The service that decides on infractions."""
    own = {
        **_nats_login(access, INFRACTIONS),
        "BANSTREAM_DATABASE_URL": access.database_url(INFRACTIONS_ROLE),
        "BANSTREAM_MASTER_KEY": access.secrets.master_key,
        "BANSTREAM_ADDRESS_KEY": access.secrets.address_key,
        "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.ftp_sync_key),
    }
    return _decider(INFRACTIONS, "banstream_infractions", own, access.ports[INFRACTIONS_METRICS])


def abuse_tracker(access: Access) -> ServiceSpec:
    """The service that counts incidents."""
    own = {
        **_nats_login(access, ABUSE_TRACKER),
        "BANSTREAM_DATABASE_URL": access.database_url(ABUSE_TRACKER_ROLE),
    }
    return _decider(ABUSE_TRACKER, "banstream_abuse_tracker", own, access.ports[ABUSE_TRACKER_METRICS])


def notifier(access: Access) -> ServiceSpec:
    """The service that tells events to Discord and to webhooks."""
    own = {
        **_nats_login(access, NOTIFIER),
        "BANSTREAM_DATABASE_URL": access.database_url(NOTIFIER_ROLE),
        "BANSTREAM_NOTIFIER_MASTER_KEY": access.secrets.notifier_key,
    }
    return _decider(NOTIFIER, "banstream_notifier", own, access.ports[NOTIFIER_METRICS])


def ftp_sync(access: Access) -> ServiceSpec:
    """The service that keeps ban files of game servers in step."""
    own = {
        **_nats_login(access, FTP_SYNC),
        "BANSTREAM_DATABASE_URL": access.database_url(FTP_SYNC_ROLE),
        "BANSTREAM_FTP_SYNC_MASTER_KEY": access.secrets.ftp_sync_key,
    }
    return _decider(FTP_SYNC, "banstream_ftp_sync", own, access.ports[FTP_SYNC_METRICS])


def dayz_feed(access: Access) -> ServiceSpec:
    """The service that follows the logs of DayZ servers."""
    own = {
        **_nats_login(access, DAYZ_FEED),
        "BANSTREAM_DATABASE_URL": access.database_url(DAYZ_FEED_ROLE),
        "BANSTREAM_DAYZ_FEED_MASTER_KEY": access.secrets.dayz_feed_key,
    }
    return _decider(DAYZ_FEED, "banstream_dayz_feed", own, access.ports[DAYZ_FEED_METRICS])


def port_names(settings: StackSettings) -> tuple[str, ...]:
    """Each process has a port of its own, for probes and scrapes: the HTTP port answers from any gateway."""
    gateways = (_gateway_port(worker) for worker in range(1, settings.gateway_workers + 1))
    return (
        INFRACTIONS_METRICS,
        ABUSE_TRACKER_METRICS,
        NOTIFIER_METRICS,
        DAYZ_FEED_METRICS,
        FTP_SYNC_METRICS,
        CONSOLE,
        CONSOLE_METRICS,
        *gateways,
    )


async def mint(access: Access, wanted: DevCredentials) -> None:
    """The first credentials, known to every gateway."""
    await mint_dev_credentials(access, wanted)
    gateways = [port for name, port in access.ports.items() if name.startswith(GATEWAY)]
    await together(*(_is_known(port, wanted.admin_token) for port in gateways))


async def has_accounts(access: Access) -> bool:
    """Whether anybody signs in to the console."""
    login = NatsLogin(access.nats_url, OPERATOR, access.secrets.nats[OPERATOR])
    try:
        async with operator(login) as client:
            return bool(await accounts(client))
    except Trouble as trouble:
        raise StackError(f"accounts were not read: {trouble}") from trouble


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
        "BANSTREAM_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.master_key),
        "BANSTREAM_APPEAL_KEY": written_keys(appeal_key(read_keys(access.secrets.master_key))),
        "BANSTREAM_BAN_LIST_KEY": written_keys(ban_list_key(read_keys(access.secrets.master_key))),
        "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.notifier_key),
        "BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.dayz_feed_key),
        "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.ftp_sync_key),
        "BANSTREAM_COPY_DIR": str(access.folder / "copies"),
        "BANSTREAM_METRICS_PORT": str(own_port),
        "BANSTREAM_WORKER": str(worker),
    }
    return ServiceSpec(
        f"{GATEWAY}-{worker}",
        _module("banstream_gateway"),
        child_environment(own),
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{own_port}/readyz"),
    )


def console(access: Access) -> ServiceSpec:
    """The pages for everybody."""
    own = {
        **_nats_login(access, permissions.CONSOLE),
        "BANSTREAM_CONSOLE_HOST": access.console_host,
        "BANSTREAM_CONSOLE_PORT": str(access.ports[CONSOLE]),
        "BANSTREAM_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.master_key),
        "BANSTREAM_NOTIFIER_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.notifier_key),
        "BANSTREAM_FTP_SYNC_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.ftp_sync_key),
        "BANSTREAM_DAYZ_FEED_SEALING_PUBLIC_KEY": _sealing_public_key(access.secrets.dayz_feed_key),
        "BANSTREAM_ACCOUNTS_KEY": written_keys(accounts_key(read_keys(access.secrets.master_key))),
        "BANSTREAM_METRICS_PORT": str(access.ports[CONSOLE_METRICS]),
    }
    return ServiceSpec(
        CONSOLE,
        _module("banstream_console"),
        child_environment(own),
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{access.ports[CONSOLE_METRICS]}/readyz"),
    )


def _sealing_public_key(master_key: str) -> str:
    return sealing_public_key(read_keys(master_key)).hex()


def _nats_login(access: Access, user: str) -> dict[str, str]:
    return {
        "BANSTREAM_NATS_URL": access.nats_url,
        "BANSTREAM_NATS_USER": user,
        "BANSTREAM_NATS_PASSWORD": access.secrets.nats[user],
    }


def _migration(access: Access, package: str, password: str, role: str) -> ServiceSpec:
    own = {
        "BANSTREAM_ADMIN_DATABASE_URL": access.database_url(SUPERUSER),
        password: access.secrets.postgres[role],
    }
    return ServiceSpec("migrate", _module(package, "migrate"), child_environment(own))


def _decider(name: str, package: str, own: Mapping[str, str], metrics_port: int) -> ServiceSpec:
    return ServiceSpec(
        name,
        _module(package, "serve"),
        child_environment({**own, "BANSTREAM_METRICS_PORT": str(metrics_port)}),
        ready=lambda: answers_ok(f"http://{LOOPBACK}:{metrics_port}/readyz"),
    )


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *arguments)


BANSTREAM = Plan(
    nats_user_names=permissions.users(),
    postgres_role_names=(SUPERUSER, INFRACTIONS_ROLE, ABUSE_TRACKER_ROLE, NOTIFIER_ROLE, FTP_SYNC_ROLE, DAYZ_FEED_ROLE),
    port_names=port_names,
    nats_users=nats_users,
    prepare=prepare,
    stages=stages,
    mint=mint,
    has_accounts=has_accounts,
)
