"""What was in force at a moment, page by page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from banstream_cli.arguments.options import read, refuse
from banstream_cli.arguments.times import parse_moment
from banstream_cli.gateway.api import Api

MOST = 1000
"""Infractions of one player that are told."""
_PAGE = 200
_CLOCKS_APART = timedelta(minutes=1)
"""The gateway's clock may be ahead of this one."""


@dataclass(frozen=True, slots=True)
class Then:
    """A time, a position of the log, or both."""

    at: datetime | None = None
    position: int | None = None

    @property
    def query(self) -> dict[str, str | None]:
        """As the gateway is asked."""
        position = None if self.position is None else str(self.position)
        return {"at": self.at.isoformat() if self.at else None, "at_position": position}


def then_of(at: str | None, position: int | None = None) -> Then | None:
    """What two options name; None where neither is given. What names no moment that has been is wrong use."""
    if at is None and position is None:
        return None
    now = datetime.now(UTC)
    moment = None if at is None else read(lambda text: parse_moment(text, now), at)
    if moment is not None and moment > now + _CLOCKS_APART:
        refuse("--at is in the future: nobody knows yet what will be decided until then")
    return Then(moment, position)


async def of_player(api: Api, path: str, then: Then, **query: str | None) -> dict[str, Any]:
    """What the gateway answers, with the infractions of as many pages as are told."""
    found = page = await api.get(path, **query, **then.query, limit=str(_PAGE))
    while page.get("next") is not None and len(found["infractions"]) < MOST:
        known = Then(then.at, found["position"])
        page = await api.get(path, **query, **known.query, limit=str(_PAGE), cursor=page["next"])
        infractions = [*found["infractions"], *page["infractions"]]
        found = {**found, "infractions": infractions, "next": page["next"]}
    return found


async def everybody(api: Api, then: Then, punishment: str) -> AsyncIterator[dict[str, Any]]:
    """Every page of what was in force, all of one state of the log."""
    cursor: str | None = None
    while True:
        page = await api.get("/v1/in-force", **then.query, punishment=punishment, limit=str(_PAGE), cursor=cursor)
        yield page
        cursor = page.get("next")
        if cursor is None:
            return
        then = Then(then.at, page["position"])
