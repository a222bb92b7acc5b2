"""The Secrets that deploy/k8s names, made for a new installation. Pure but for the randomness of keys."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.installation.certificates import make_certificates
from banstream_cli.installation.installation_keys import new_keys
from banstream_cli.installation.nats_accounts import accounts_with
from banstream_contracts import permissions

NODES = 3
_SUPERUSER = "postgres"


@dataclass(frozen=True, slots=True)
class Where:
    """The namespace, and how the services find NATS and Postgres in it."""

    namespace: str = "banstream"
    nats: str = "nats"
    postgres: str = "banstream-postgres-rw"


def manifests(where: Where, now: datetime) -> Iterator[dict[str, Any]]:
    """One Secret after the other. Every call makes new keys: never apply them over an installation in use."""
    private, public = new_keys()
    nats = {user: secrets.token_hex(24) for user in permissions.users()}
    roles = {name: secrets.token_hex(24) for name in EVENT_LOGS}
    superuser = secrets.token_hex(24)
    nodes = make_certificates(_names(where), now)
    yield _secret(where, "banstream-keys", private)
    yield _secret(where, "banstream-public-keys", public)
    yield _secret(where, "banstream-nats", nats)
    yield _secret(where, "banstream-nats-users", {"users.conf": "\n".join(accounts_with(nats)) + "\n"})
    yield _secret(where, "banstream-nats-ca", {"ca.crt": nodes.authority})
    yield _secret(
        where, "banstream-nats-tls", {"ca.crt": nodes.authority, "tls.crt": nodes.certificate, "tls.key": nodes.key}
    )
    yield _secret(
        where,
        "banstream-database-admin",
        {"username": _SUPERUSER, "password": superuser, "uri": _url(where, _SUPERUSER, superuser)},
    )
    yield _secret(
        where,
        "banstream-database-passwords",
        {log.password_variable: roles[name] for name, log in EVENT_LOGS.items()},
    )
    yield _secret(
        where,
        "banstream-database",
        {name.value: _url(where, log.role, roles[name]) for name, log in EVENT_LOGS.items()},
    )


def _secret(where: Where, name: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": where.namespace,
            "labels": {"app.kubernetes.io/part-of": "banstream"},
        },
        "stringData": dict(values),
    }


def _names(where: Where) -> list[str]:
    """What a node is called by those in its namespace, from elsewhere in the cluster, and by `kubectl port-forward`."""
    service, full = where.nats, f"{where.nats}.{where.namespace}.svc"
    return [
        service,
        full,
        "localhost",
        *(f"{where.nats}-{node}.{each}" for node in range(NODES) for each in (service, full)),
    ]


def _url(where: Where, user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@{where.postgres}:5432/banstream"
