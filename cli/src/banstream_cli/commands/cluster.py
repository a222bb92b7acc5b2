"""`banstream nats config` and `banstream kubernetes secrets`: what a cluster has to be told."""

import json
import secrets as randomness
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.commands.options import Json
from banstream_cli.exits import Stuck
from banstream_cli.kubernetes_secrets import Where, manifests
from banstream_cli.nats_users import authorization, users_with
from banstream_cli.output import print_json, print_plain
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.private_file import read_json, write_private_json
from banstream_contracts import permissions

nats_app = typer.Typer(add_completion=False, no_args_is_help=True, help="What NATS has to be told.")
kubernetes_app = typer.Typer(add_completion=False, no_args_is_help=True, help="What Kubernetes has to be told.")


@nats_app.callback()
def nats() -> None:
    """What NATS has to be told."""


@nats_app.command("config")
def config(
    passwords: Annotated[Path, typer.Argument(help="JSON file of passwords by user; who is missing is added to it.")],
    as_json: Json = False,
) -> None:
    """Print the block `authorization` for a NATS configuration: each service its own subjects, nothing else.

    To change a password, take its user out of the file and run this again; then reload NATS (nats-server --signal
    reload) and restart the service.
    """
    try:
        known = read_json(passwords) or {}
        complete = {user: str(known.get(user) or randomness.token_hex(24)) for user in permissions.users()}
        if complete != known:
            write_private_json(passwords, {**known, **complete})
    except (StackError, OSError) as error:
        raise Stuck(str(error)) from error
    users = users_with(complete)
    if as_json:
        print_json({"users": [asdict(user) for user in users]})
        return
    for line in authorization(users):
        print_plain(line)


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
