"""Reads through the gateway."""

import asyncio
from typing import Any

from banstream_cli.gateway.api import Answer, open_api
from banstream_cli.settings import Settings


def get(settings: Settings, path: str, **query: str | None) -> dict[str, Any]:
    """What the gateway answers; parameters that are None are left out."""
    return ask(settings, path, **query).content


def ask(settings: Settings, path: str, **query: str | None) -> Answer:
    """The same, with what the headers say."""
    return asyncio.run(_ask(settings, path, query))


async def _ask(settings: Settings, path: str, query: dict[str, str | None]) -> Answer:
    async with open_api(settings) as api:
        return await api.read(path, **query)
