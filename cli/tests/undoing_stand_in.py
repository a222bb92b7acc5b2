"""The part of the gateway that takes back what somebody did."""

import asyncio
from typing import Any

from aiohttp import web

NOW = "2026-01-02T03:04:05Z"
UNDO = {"by": "token:" + "7" * 24, "since": "2026-01-02T03:04:01.250000Z"}
"""Of the first request of a run."""

FIRST_PLAYER = 76561198000000000
_PAGE = 100
_TAKEN_BACK = {"lifted", "reinstated", "amended"}


class Undoing:
    """What somebody did, the last first, each as it would become; what was taken back is `unchanged` after that.

    What a test sets: `deeds`, so many pages that are `empty` before the first, `becoming` other outcomes than those
    foretold, by infraction, so many answers `lost` after it was done, from the request `lost_from` on, `cut_after` so
    many requests, `hold` to wait for before the second answer.
    """

    def __init__(self) -> None:
        self.deeds: list[dict[str, Any]] = []
        self.empty = 0
        self.becoming: dict[str, dict[str, Any]] = {}
        self.cut_after: int | None = None
        self.lost = 0
        self.lost_from = 1
        self.hold: asyncio.Event | None = None
        self.requests: list[dict[str, Any]] = []

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/undo", self.undo)
        return app

    async def undo(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.cut_after is not None and len(self.requests) >= self.cut_after:
            assert request.transport is not None
            request.transport.abort()
        self.requests.append(body)
        if self.hold is not None and len(self.requests) > 1:
            await self.hold.wait()
        if not body["by"].startswith(("person:", "token:")):
            return _invalid("by", "is none of person:LOGIN, token:ID")
        if body.get("before") is not None and body.get("until") is None:
            return _invalid("until", "comes with before")
        begin = len(self.deeds) - (body.get("before") or len(self.deeds))
        found = self.deeds[begin : begin + (_PAGE if len(self.requests) > self.empty else 0)]
        items = [each if body["dry_run"] else self._do(each) for each in found]
        left = len(self.deeds) - begin - len(found)
        answer = {"until": body.get("until") or NOW, "items": items, "next": left or None}
        if not body["dry_run"]:
            answer["undo"] = {**UNDO, "since": f"2026-01-02T03:04:{len(self.requests):02}.250000Z"}
        if self.lost and len(self.requests) >= self.lost_from:
            self.lost -= 1
            return web.Response(status=503, headers={"Retry-After": "1"})
        return web.json_response(answer)

    def _do(self, deed: dict[str, Any]) -> dict[str, Any]:
        became = {**deed, **self.becoming.get(deed["infraction_id"], {})}
        if became["outcome"] in _TAKEN_BACK:
            deed["outcome"] = "unchanged"
        return became


def deed(number: int, outcome: str = "lifted", **more: Any) -> dict[str, Any]:
    """One of the infractions, each of another player."""
    return {
        "infraction_id": f"{number:024}",
        "player": {"service": "steam", "id": str(FIRST_PLAYER + number)},
        "punishments": ["ban"],
        "reason": "aimbot",
        "did": ["infraction.issued"],
        "outcome": outcome,
        **({"also": []} if outcome == "lifted" else {}),
        **more,
    }


def player(number: int) -> str:
    """As it is shown."""
    return f"steam:{FIRST_PLAYER + number}"


def _invalid(field: str, message: str) -> web.Response:
    errors = [{"field": field, "message": message}]
    told = {"type": "urn:banstream:problem:invalid", "title": "The request holds invalid values", "errors": errors}
    return web.json_response(told, status=422)
