"""`dev-credentials.json`: a game server's key and two tokens, ready on a developer's machine."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from banstream_cli.stack.private_file import read_json, write_private_json
from banstream_runtime.identifiers import SERVER_KEY_PREFIX, TOKEN_PREFIX, new_secret, new_short_id


@dataclass(frozen=True, slots=True)
class DevCredentials:
    """What a game server shows (id and key), a token for it, and a token that may do everything."""

    server_id: str
    server_key: str = field(repr=False)
    token: str = field(repr=False)
    admin_token: str = field(repr=False)

    @property
    def token_ids(self) -> tuple[str, str]:
        """Of both tokens: they follow the id of the server, so that they are the same at every try."""
        first = int(self.server_id, 16)
        return f"{first + 1:024x}", f"{first + 2:024x}"


Mint = Callable[[DevCredentials], Awaitable[None]]
"""Makes these credentials in the running stack; those that are there already stay as they are."""


async def ensure_dev_credentials(path: Path, url: str, mint: Mint, console_url: str | None = None) -> DevCredentials:
    """Keep the credentials in the file, or make new ones when it holds none; the URLs are renewed in any case.

    New ones are kept beside it before they are made: a start that is killed in between leaves none that nobody knows,
    since the next one makes the same.
    """
    planned = path.with_stem(f"{path.stem}-planned")
    credentials = read_dev_credentials(path)
    if credentials is None:
        credentials = read_dev_credentials(planned) or _new()
        write_private_json(planned, _content(credentials))
        await mint(credentials)
    console = {"console_url": console_url} if console_url else {}
    write_private_json(path, {"url": url, **console, **_content(credentials)})
    planned.unlink(missing_ok=True)
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


def _new() -> DevCredentials:
    key, token, admin_token = map(new_secret, (SERVER_KEY_PREFIX, TOKEN_PREFIX, TOKEN_PREFIX))
    return DevCredentials(new_short_id(), key, token, admin_token)


def _content(credentials: DevCredentials) -> dict[str, object]:
    server = {"id": credentials.server_id, "key": credentials.server_key}
    return {"server": server, "token": credentials.token, "admin_token": credentials.admin_token}
