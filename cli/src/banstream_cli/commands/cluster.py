"""`banstream nats config` and `banstream kubernetes secrets`: what a cluster has to be told."""

import json
import secrets as randomness
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.arguments.options import Json
from banstream_cli.installation.kubernetes_secrets import Where, manifests
from banstream_cli.installation.nats_accounts import accounts_with, subscribers_with
from banstream_cli.installation.nats_nodes import SYNC_INTERVAL, Cluster, client_url, cluster_files
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.nats_users import users_with
from banstream_cli.stack.private_file import read_json, write_private, write_private_json
from banstream_cli.terminal.exits import Stuck
from banstream_cli.terminal.output import print_json, print_plain
from banstream_contracts import permissions, streams, subscribers

nats_app = typer.Typer(add_completion=False, no_args_is_help=True, help="What NATS has to be told.")
kubernetes_app = typer.Typer(add_completion=False, no_args_is_help=True, help="What Kubernetes has to be told.")


Passwords = Annotated[Path, typer.Argument(help="JSON file of passwords by user; who is missing is added to it.")]


@nats_app.callback()
def nats() -> None:
    """What NATS has to be told."""


@nats_app.command("config")
def config(
    passwords: Passwords,
    node: Annotated[
        list[str] | None, typer.Option("--node", help="Host name or address of a node; three times for a cluster.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder in which each node gets a folder of what belongs on it.")
    ] = None,
    installed_in: Annotated[str, typer.Option(help="Where that lies on the node.")] = "/etc/nats",
    store: Annotated[str, typer.Option(help="Where the node keeps its streams.")] = "/var/lib/nats",
    sync_interval: Annotated[
        str, typer.Option(help="How long an acknowledged message may be in the page cache only: always, 1s, …")
    ] = SYNC_INTERVAL,
    store_size: Annotated[
        str | None,
        typer.Option(help="How much streams may take, such as 80GB: less than the disk has, so that it is never full."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the block `accounts` for a NATS configuration: each service its own subjects, and each subscriber EVENTS.

    With --node and --into, write the whole configuration of each node instead: TLS with an authority of its own,
    routes, JetStream that syncs what it acknowledges, and the accounts as users.conf.

    To change a password, take its user out of the file and run this again without --node; then put it in place of
    users.conf, reload NATS (nats-server --signal reload) and restart the service.
    """
    if bool(node) != bool(into):
        raise Stuck("--node and --into go together")
    known = _completed(passwords)
    if node and into:
        try:
            cluster = Cluster(tuple(node), installed_in, store, sync_interval=sync_interval, store_size=store_size)
        except ValueError as error:
            raise Stuck(str(error)) from error
        _write_nodes(cluster, known, into, as_json=as_json)
    elif as_json:
        users = {"users": users_with(known), "subscribers": subscribers_with(known)}
        print_json({kind: [asdict(user) for user in found] for kind, found in users.items()})
    else:
        for line in accounts_with(known):
            print_plain(line)


@nats_app.command("subscriber")
def subscriber(
    name: Annotated[str, typer.Argument(help="Of whom: small letters, digits and _, beginning with a letter.")],
    passwords: Passwords,
    as_json: Json = False,
) -> None:
    """Let somebody outside read EVENTS, and nothing else: print what they need to connect.

    The passwords file keeps the user; take it out to let them in no longer. Afterwards: `banstream nats config`,
    reload NATS, and for the first subscriber `banstream streams apply --subscribers`, which makes the copy of EVENTS.
    """
    try:
        user = subscribers.user_of(name)
    except ValueError as error:
        raise Stuck(str(error)) from error
    password = _completed(passwords, user)[user]
    told = {
        "BANSTREAM_NATS_USER": user,
        "BANSTREAM_NATS_PASSWORD": password,
        "stream": streams.EVENTS,
        "consumers": list(subscribers.consumers_of(name)),
        "inbox_prefix": permissions.inbox(user),
    }
    if as_json:
        print_json(told)
        return
    for key in ("BANSTREAM_NATS_USER", "BANSTREAM_NATS_PASSWORD"):
        print_plain(f"{key}={told[key]}")
    print_plain(f"# stream {told['stream']}, inbox prefix {told['inbox_prefix']}")
    print_plain(f"# durable consumers: {', '.join(subscribers.consumers_of(name))}")


def _completed(path: Path, *more: str) -> dict[str, str]:
    """The passwords in the file, which gets those of users that are missing."""
    try:
        known = _known(path)
        users = dict.fromkeys((*permissions.users(), *more, *known))
        complete = {user: str(known.get(user) or randomness.token_hex(24)) for user in users}
        if complete != known:
            write_private_json(path, complete)
    except (StackError, OSError) as error:
        raise Stuck(str(error)) from error
    return complete


def _known(path: Path) -> dict[str, object]:
    """Whatever else is JSON, such as the secrets of a local stack, is not written over."""
    known = read_json(path) or {}
    if wrong := [user for user, password in known.items() if not isinstance(password, str | None)]:
        raise Stuck(f"{path} is no file of passwords by user: {wrong[0]} has something else; it is left as it is")
    return known


def _write_nodes(cluster: Cluster, passwords: dict[str, str], into: Path, *, as_json: bool) -> None:
    """An existing folder is left alone: its authority is the one that clients and the other nodes know."""
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=False)
        for host, files in cluster_files(cluster, passwords, datetime.now(UTC)).items():
            own = into / host
            own.mkdir(mode=0o700)
            for name, text in files.items():
                write_private(own / name, text)
    except (ValueError, OSError) as error:
        raise Stuck(f"{into}: {error}") from error
    url = client_url(cluster)
    if as_json:
        print_json({"url": url, "nodes": {host: str(into / host) for host in cluster.hosts}})
        return
    for host in cluster.hosts:
        print_plain(f"{into / host}: into {cluster.folder} of {host}")
    print_plain(f"BANSTREAM_NATS_URL={url}")
    print_plain("BANSTREAM_NATS_CA_FILE=ca.crt")


@kubernetes_app.callback()
def kubernetes() -> None:
    """What Kubernetes has to be told."""


@kubernetes_app.command("secrets")
def new_secrets(
    namespace: Annotated[str, typer.Option(help="Of the installation.")] = "banstream",
    nats_service: Annotated[str, typer.Option("--nats", help="The headless service of NATS.")] = "nats",
    postgres: Annotated[str, typer.Option(help="The host of Postgres.")] = "banstream-postgres-rw",
    as_json: Json = False,
) -> None:
    """Print the Secrets of a new installation, for `kubectl apply -f -`. Keep a copy in a safe place.

    Every call makes new keys and passwords: never apply them over an installation in use, whose data they could not
    open.
    """
    made = manifests(Where(namespace, nats_service, postgres), datetime.now(UTC))
    if as_json:
        print_json({"apiVersion": "v1", "kind": "List", "items": list(made)})
        return
    for manifest in made:
        print_plain("---")
        print_plain(json.dumps(manifest))
