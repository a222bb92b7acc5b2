"""Writes through the gateway, and how they are answered on the terminal."""

import asyncio
from collections.abc import Mapping
from typing import Any

from banstream_cli.gateway.api import Answer, open_api
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import Unconfirmed
from banstream_cli.terminal.output import print_json, print_line

_STYLES = {"active": "green", "paused": "yellow"}


def write(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    *,
    key: str | None = None,
    if_match: str | None = None,
    as_json: bool,
) -> dict[str, Any]:
    """Send a write and give what it has made; with `as_json` that is printed already.

    Raises Unconfirmed when it was stored and nobody has carried it out yet.
    """
    answer = asyncio.run(_send(settings, method, path, body, key, if_match))
    if as_json:
        print_json(answer.content)
    if answer.is_accepted:
        command = answer.content.get("command_id")
        late = f"accepted as command {command}, not confirmed yet; see again with --key {answer.key}"
        raise Unconfirmed(late, answer.content)
    return answer.content


def switch(settings: Settings, path: str, key: str | None, *, as_json: bool) -> None:
    """Pause or resume, and say how it is then."""
    changed = write(settings, "POST", path, key=key, as_json=as_json)
    if not as_json:
        status = str(changed.get("status"))
        print_line((str(changed.get("name")), "bold"), (f"is {status}", _STYLES.get(status, "")))


async def _send(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, object] | None,
    key: str | None,
    if_match: str | None,
) -> Answer:
    async with open_api(settings) as api:
        return await api.send(method, path, body, key, if_match)
