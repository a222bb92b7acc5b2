"""`dev-credentials.json`: a game server's key and two tokens, ready on a developer's machine."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from banstream_cli.stack.private_file import read_json, write_private_json


@dataclass(frozen=True, slots=True)
class DevCredentials:
    """What a game server shows (id and key), a token for it, and a token that may do everything."""

    server_id: str
    server_key: str = field(repr=False)
    token: str = field(repr=False)
    admin_token: str = field(repr=False)


Mint = Callable[[], Awaitable[DevCredentials]]
"""Makes new credentials in the running stack."""


async def ensure_dev_credentials(path: Path, url: str, mint: Mint, console_url: str | None = None) -> DevCredentials:
    """Keep the credentials in the file, or make new ones when it holds none; the URLs are renewed in any case."""
    credentials = read_dev_credentials(path) or await mint()
    server = {"id": credentials.server_id, "key": credentials.server_key}
    tokens = {"token": credentials.token, "admin_token": credentials.admin_token}
    console = {"console_url": console_url} if console_url else {}
    write_private_json(path, {"url": url, **console, "server": server, **tokens})
    return credentials


def read_dev_credentials(path: Path) -> DevCredentials | None:
    """The credentials in the file; None when there is no file or something is missing in it."""
    match read_json(path):
        case {
            "server": {"id": str(server_id), "key": str(server_key)},
            "token": str(token),
            "admin_token": str(admin_token),
        }:
            return DevCredentials(server_id, server_key, token, admin_token)
        case _:
            return None
