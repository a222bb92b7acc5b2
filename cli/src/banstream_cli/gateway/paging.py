"""Lists that come a page at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from banstream_cli.gateway.api import Answer, Api, open_api
from banstream_cli.settings import Settings
from banstream_cli.terminal.output import Cell, print_json, print_table, say

LARGEST_PAGE = 500


def fetch(settings: Settings, path: str, wanted: int | None, **query: str | None) -> dict[str, Any]:
    """`{"items", "next"}` with up to `wanted` items; None wants all."""
    return asyncio.run(_fetch(settings, path, wanted, query))


async def _fetch(settings: Settings, path: str, wanted: int | None, query: dict[str, str | None]) -> dict[str, Any]:
    async with open_api(settings) as api:
        return await _pages(api, path, wanted, query)


async def _pages(api: Api, path: str, wanted: int | None, query: dict[str, str | None]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    unreadable: list[str] = []
    cursor: str | None = None
    while True:
        size = LARGEST_PAGE if wanted is None else min(LARGEST_PAGE, wanted - len(items))
        page = await api.get(path, **query, cursor=cursor, limit=str(size))
        items += page.get("items") or ()
        unreadable += page.get("unreadable") or ()
        cursor = page.get("next")
        if cursor is None or (wanted is not None and len(items) >= wanted):
            return {"items": items, "next": cursor} | ({"unreadable": unreadable} if unreadable else {})


async def each(api: Api, path: str, **query: str | None) -> AsyncIterator[dict[str, Any]]:
    """All items of a list, a page at a time: flat memory however many there are."""
    cursor: str | None = None
    while True:
        page = await api.get(path, **query, cursor=cursor, limit=str(LARGEST_PAGE))
        for item in page.get("items") or ():
            yield item
        cursor = page.get("next")
        if cursor is None:
            return


async def each_page(
    api: Api, path: str, body: Mapping[str, object], carried: Mapping[str, str]
) -> AsyncIterator[Answer]:
    """Every answer of what is done a page at a time, until one has no `next`.

    `carried` names the fields that a request takes over from the answer before, and what they are called there.
    """
    asked = dict(body)
    while True:
        answer = await api.post(path, asked)
        yield answer
        if answer.content.get("next") is None:
            return
        asked |= {field: answer.content.get(told) for field, told in carried.items()}


def show_page(
    page: Mapping[str, Any],
    columns: Sequence[str],
    row: Callable[[Mapping[str, Any]], Sequence[Cell]],
    nothing: str,
    *,
    as_json: bool,
) -> None:
    """A list as one document, or as a table with a `row` for each item; `nothing` is said of an empty one."""
    if as_json:
        print_json(page)
        return
    print_table(columns, map(row, page["items"]), nothing)
    for unread in page.get("unreadable") or ():
        say(f"{unread} is left out: the service cannot read it, as its log says, or the gateway is older than it")
    say_more(page)


def say_more(page: Mapping[str, Any]) -> None:
    """That a list goes on, where it does."""
    if page["next"] is not None:
        say(f"these are the newest {len(page['items'])}; --limit or --all shows more")
