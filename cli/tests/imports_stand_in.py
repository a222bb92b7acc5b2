"""The part of the gateway that imports speak to, and a format of one JSON object a line."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web

from banstream_cli.importing.rows import Format, Lifted, Options, Rejected, Row, Source, Unreadable, rejected
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import parse_player

BY = {"kind": "token", "id": "0" * 24, "name": "Alice"}
AT = "2026-01-02T03:04:05Z"
AT_A_TIME = 4
"""Requests that are under way together: those that follow come when all of these are answered."""


class Imports:
    """Rows in memory as the gateway would keep them.

    What a test sets: `outcomes` of rows by their id instead of what follows from them, `when_sent` those of rows that
    are not only tried, `on_sent` what to call then, `wrong` rows that are refused with 422, `failures` to answer first,
    `cut_after` so many requests that are no tries, `hold` to wait for before an answer behind the first `AT_A_TIME`,
    `sources` of rows that are not of "old", `changed_here` rows that staff have changed, `is_staff` of whom asks.
    """

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, dict[str, Any]]] = {}
        self.requests: list[dict[str, Any]] = []
        self.undos: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.outcomes: dict[str, dict[str, str]] = {}
        self.when_sent: dict[str, dict[str, str]] = {}
        self.on_sent: Callable[[], object] = lambda: None
        self.undoing: dict[str, dict[str, str]] = {}
        self.lifted: dict[str, str] = {}
        self.changed_here: set[str] = set()
        self.sources: dict[str, str] = {}
        self.is_staff = True
        self.wrong: dict[str, str] = {}
        self.failures: list[int] = []
        self.cut_after: int | None = None
        self.hold: asyncio.Event | None = None

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/imports", self.search)
        app.router.add_get("/v1/imports/{id}", self.find)
        app.router.add_post("/v1/imports/{id}", self.take)
        app.router.add_get("/v1/imports/{id}/infractions", self.infractions)
        app.router.add_post("/v1/imports/{id}/undo", self.undo)
        return app

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.failures:
            return _problem(self.failures.pop(0), "unavailable", "Temporarily unavailable")
        if self.cut_after is not None and self._sent >= self.cut_after:
            assert request.transport is not None
            request.transport.abort()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        if not body["dry_run"]:
            self.on_sent()
        if self.hold is not None and self._sent > AT_A_TIME:
            await self.hold.wait()
        errors = [
            {"field": f"infractions.{number}.{field}", "message": "is wrong"}
            for number, row in enumerate(body["infractions"])
            if (field := self.wrong.get(row["row"]))
        ]
        if errors:
            return _problem(422, "invalid", "The request holds invalid values", errors=errors)
        import_id = request.match_info["id"]
        return web.json_response({"items": [self._take(import_id, row, body) for row in body["infractions"]]})

    @property
    def _sent(self) -> int:
        return sum(not each["dry_run"] for each in self.requests)

    def _take(self, import_id: str, row: dict[str, Any], body: dict[str, Any]) -> dict[str, str]:
        key = _known_by(row)
        known = self.rows.get(key)
        outcome = "new" if known is None else "same" if known[1] == row and key not in self.lifted else "changed"
        answer = {"row": row["row"], "infraction_id": _id(key), "outcome": outcome, **self.outcomes.get(row["row"], {})}
        if not body["dry_run"]:
            answer |= self.when_sent.get(row["row"], {})
        if not body["dry_run"] and answer["outcome"] in {"new", "changed"}:
            self.rows[key] = (import_id, row)
            self.sources[key] = body["source"]
            self.lifted.pop(key, None)
        return answer

    async def search(self, request: web.Request) -> web.Response:
        ids = sorted({import_id for import_id, _ in self.rows.values()}, reverse=True)
        begin, limit = int(request.query.get("cursor", "0")), int(request.query["limit"])
        items = [self._entry(each) for each in ids[begin : begin + limit]]
        return web.json_response({"items": items, "next": str(begin + limit) if begin + limit < len(ids) else None})

    async def find(self, request: web.Request) -> web.Response:
        import_id = request.match_info["id"]
        if import_id not in {each for each, _ in self.rows.values()}:
            return _problem(404, "unknown-import", "There is no such import")
        return web.json_response({**self._entry(import_id), "in_force": 1, "undone": 0, "changed": 0})

    def _entry(self, import_id: str) -> dict[str, Any]:
        keys = [key for key, (each, _) in self.rows.items() if each == import_id]
        source = self.sources.get(keys[0], "old")
        return {"import_id": import_id, "source": source, "at": AT, "by": BY, "infractions": len(keys)}

    async def infractions(self, request: web.Request) -> web.Response:
        mine = [(key, row) for key, (import_id, row) in self.rows.items() if import_id == request.match_info["id"]]
        begin, limit = int(request.query.get("cursor", "0")), int(request.query["limit"])
        items = [
            {
                **row,
                "id": _id(key),
                "status": "lifted" if self._is_undone(key) else "active",
                "lifetime": "permanent",
                "position": 7,
                **({"imported": self._origin(key, row)} if self.is_staff else {}),
            }
            for key, row in mine[begin : begin + limit]
        ]
        return web.json_response({"items": items, "next": str(begin + limit) if begin + limit < len(mine) else None})

    def _origin(self, key: str, row: dict[str, Any]) -> dict[str, Any]:
        return {"row": row["row"], "source": self.sources.get(key, "old"), "is_undone": self._is_undone(key)}

    def _is_undone(self, key: str) -> bool:
        return key in self.lifted or self.undoing.get(key) == {}

    async def undo(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.failures:
            return _problem(self.failures.pop(0), "unavailable", "Temporarily unavailable")
        if self.cut_after is not None and len(self.undos) >= self.cut_after:
            assert request.transport is not None
            request.transport.abort()
        self.undos.append(body)
        if self.hold is not None and not body["dry_run"]:
            await self.hold.wait()
        mine = sorted(key for key, (import_id, _) in self.rows.items() if import_id == request.match_info["id"])
        only = body.get("only")
        mine = [key for key in mine if only is None or _id(key) in only]
        begin = int(body.get("cursor", "0"))
        items = [self._undo(key, body) for key in mine[begin : begin + 100]]
        following = str(begin + 100) if begin + 100 < len(mine) else None
        return web.json_response({"items": items, "next": following})

    def _undo(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        outcome = "ended" if key in self.lifted else "left" if key in self.changed_here else "undone"
        row = self.rows[key][1]
        told = {"infraction_id": _id(key), "row": row["row"], "outcome": outcome, **self.undoing.get(key, {})}
        if told["outcome"] == "undone" and not body["dry_run"]:
            self.lifted[key] = body["reason"]
        return {**told, **({"player": row["player"]} if "player" in row else {})}


def _known_by(row: dict[str, Any]) -> str:
    """When it was issued is a part of it."""
    return f"{row['row']} {row['issued_at']}" if "issued_at" in row else str(row["row"])


def _id(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:24]


def _problem(status: int, slug: str, title: str, **more: Any) -> web.Response:
    return web.json_response({"type": f"urn:banstream:problem:{slug}", "title": title, **more}, status=status)


def read(source: Source, _options: Options) -> Iterator[Row | Rejected]:
    """`{"key": "ban:1", "player": "steam:…", "reason": …}` a line, with the fields of a row; `?` begins a bad line."""
    assert isinstance(source, Path)
    for number, line in enumerate(source.read_text().splitlines(), start=1):
        if line.startswith("?"):
            yield rejected(f"line {number}", "it is no row", line)
        elif not line.startswith("{"):
            raise Unreadable("this is no file of rows: export it anew")
        else:
            yield _row(json.loads(line))


def _row(told: dict[str, Any]) -> Row:
    player, lifted = told.pop("player", None), told.pop("lifted", None)
    told |= {name: datetime.fromisoformat(told[name]) for name in ("issued_at", "expires_at") if name in told}
    return Row(
        player=parse_player(player) if player else None,
        punishments=tuple(map(Punishment, told.pop("punishments", ["ban"]))),
        lifted=None if lifted is None else Lifted(**lifted),
        **told,
    )


ROWS = Format("rows", "One JSON object a line.", read)


def lines(*rows: dict[str, Any] | str) -> str:
    """A file of that format."""
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def bans(count: int, start: int = 1) -> str:
    """So many bans of players of Steam."""
    first = 76561198000000000
    return lines(
        *(
            {"key": f"ban:{n}", "player": f"steam:{first + n}", "reason": f"reason {n}"}
            for n in range(start, start + count)
        )
    )


def put(file: Path, text: str) -> None:
    """Write a file."""
    file.write_text(text)
