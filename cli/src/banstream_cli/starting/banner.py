"""What is printed when the stack is ready: lines to copy."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from banstream_cli.stack.access import DATABASE, NATS, OPERATOR, POSTGRES, Access
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.ports import LOOPBACK
from banstream_cli.stack.postgres import SUPERUSER
from banstream_cli.stack.private_file import write_private


def curl_lines(url: str, credentials: DevCredentials) -> Iterator[str]:
    """A ban, a check with a number and one with a string, and the native API."""
    ban = {"user_id": 123456789, "reason": "speed hack"}
    yield "# ban a player, then check with the id as a number and as a string"
    yield _post(f"{url}/ban", credentials.token, ban)
    yield _post(f"{url}/check_ban", credentials.token, {"user_id": 123456789})
    yield _post(f"{url}/check_ban", credentials.token, {"user_id": "123456789"})
    yield "# the native API"
    yield f"curl -sS {_bearer(credentials.admin_token)} {url}/v1/players/roblox/123456789/restrictions"


def console_lines(url: str) -> Iterator[str]:
    """Where to look."""
    yield "# who is banned, for everybody to see; then as JSON"
    yield f"{url}/hall-of-shame"
    yield f"curl -sS {url}/api/bans"


def first_account_lines() -> Iterator[str]:
    """How somebody gets in, as long as nobody can."""
    yield "# the first account of the console: this prints a link that sets its password"
    yield f"{shlex.quote(_command())} accounts add NAME --role owner"


def _command() -> str:
    """What was typed to start the stack, so that the line works where it is pasted."""
    typed = sys.argv[0]
    return typed if Path(typed).name == "banstream" else "banstream"


def _post(url: str, token: str, body: object) -> str:
    content = f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))}"
    return f"curl -sS {_bearer(token)} {content} {url}"


def _bearer(token: str) -> str:
    return f"-H 'Authorization: Bearer {token}'"


def developer_lines(access: Access) -> Iterator[str]:
    """The variables for work on a service; those with passwords are in a file of mode 0600 (to be sourced)."""
    exports = dict(_exports(access))
    file = access.folder / "stack.env"
    write_private(file, "".join(f"{_export(name, value)}\n" for name, value in exports.items()))
    for name in ("BANSTREAM_NATS_URL", "BANSTREAM_NATS_USER"):
        if name in exports:
            yield _export(name, exports[name])
    yield f". {shlex.quote(str(file))}  # the same, with passwords"


def infrastructure_urls(access: Access) -> Iterator[str]:
    """Addresses without passwords."""
    if NATS in access.ports:
        yield access.nats_url
    if POSTGRES in access.ports:
        yield f"postgresql://{SUPERUSER}@{LOOPBACK}:{access.ports[POSTGRES]}/{DATABASE}"


def _exports(access: Access) -> Iterator[tuple[str, str]]:
    if NATS in access.ports:
        yield "BANSTREAM_NATS_URL", access.nats_url
        yield "BANSTREAM_NATS_USER", OPERATOR
        yield "BANSTREAM_NATS_PASSWORD", access.secrets.nats[OPERATOR]
    if POSTGRES in access.ports:
        yield "BANSTREAM_ADMIN_DATABASE_URL", access.database_url()


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"
