"""Imports of infractions from other systems: what would be done, doing it, and taking it back."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.commands.infractions import ImportInfraction, LiftInfraction
from banstream_contracts.infractions import Infraction, LiftedBefore, Status
from banstream_contracts.queries.imports import (
    GetImport,
    ImportedPage,
    ImportedRow,
    ImportFound,
    ImportPage,
    ImportPreview,
    ListImported,
    ListImports,
    PreviewImport,
)
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_contracts.results import RefusalCode
from banstream_gateway.answers import infraction_json, json_answer
from banstream_gateway.endpoints import Call
from banstream_gateway.native.import_answers import import_json, undone_json
from banstream_gateway.native.import_requests import ImportedQuery, ImportRequest, RowRequest, UndoRequest
from banstream_gateway.native.infractions import offender
from banstream_gateway.native.many import became_json, carried_out, many_answer
from banstream_gateway.problems import Forbidden, Invalid, UnknownImport
from banstream_gateway.requests import PageQuery
from banstream_runtime.identifiers import new_id
from banstream_runtime.telemetry import correlation_id

_PAGE = 100
_CLOCKS_APART = timedelta(days=1)
_DETAILS = {
    "left": {"detail": "it was changed here since it was imported, and stays as it is"},
    "refused": {
        "detail": "it is here already, of another player or address, or as something else: "
        "lift that one, and issue this one here"
    },
}
"""What is not even tried, and why."""
_OF_REFUSAL: Mapping[RefusalCode, str] = {"changed-here": "left", "ended": "ended"}


async def take_over(call: Call) -> web.Response:
    """Import infractions: those that are new, and what has changed of the others."""
    body: ImportRequest = call.body
    _only_who_punishes(call)
    _check(call, body)
    commands = [_importing(call, body, index, row) for index, row in enumerate(body.infractions)]
    known = PreviewImport(
        rows=tuple(
            ImportedRow(infraction_id=each.infraction_id, digest=each.digest, token=each.token) for each in commands
        )
    )
    preview = await call.gateway.queries.ask(subjects.QUERY_IMPORT_PREVIEW, known, ImportPreview)
    items: list[dict[str, Any]] = [
        {"row": command.row, "infraction_id": command.infraction_id, "outcome": outcome, **_DETAILS.get(outcome, {})}
        for command, outcome in zip(commands, preview.outcomes, strict=True)
    ]
    if body.dry_run:
        return json_answer({"items": items})
    due = [number for number, item in enumerate(items) if item["outcome"] in {"new", "changed"}]
    results = await carried_out(call, (commands[number] for number in due))
    for number, result in zip(due, results, strict=True):
        items[number] |= became_json(result, "same", _OF_REFUSAL)
    return many_answer({"items": items}, results)


async def undo(call: Call) -> web.Response:
    """Lift what an import brought, or some of it, where nobody has changed it since."""
    body: UndoRequest = call.body
    _only_who_punishes(call)
    import_id = _import_id(call)
    page = await (_page(call, import_id, body.cursor) if body.only is None else _only(call, import_id, body.only))
    outcomes = [_undoing(each) for each in page.items]
    items = [undone_json(each, outcome) for each, outcome in zip(page.items, outcomes, strict=True)]
    if body.dry_run:
        return json_answer({"items": items, "next": page.next})
    due = [number for number, outcome in enumerate(outcomes) if outcome == "undone"]
    commands = [_lifting(call, import_id, page.items[number], body.reason) for number in due]
    results = await carried_out(call, commands)
    for number, result in zip(due, results, strict=True):
        items[number] |= became_json(result, "ended", _OF_REFUSAL)
    return many_answer({"items": items, "next": page.next}, results)


async def search(call: Call) -> web.Response:
    """A page of imports."""
    query: PageQuery = call.query
    question = ListImports(cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_IMPORTS, question, ImportPage)
    return json_answer({"items": [import_json(each) for each in page.items], "next": page.next})


async def find(call: Call) -> web.Response:
    """One import, and what stands of it."""
    question = GetImport(import_id=_import_id(call))
    found = await call.gateway.queries.ask(subjects.QUERY_IMPORT, question, ImportFound)
    if found.entry is None:
        raise UnknownImport
    return json_answer(import_json(found.entry, found.counts))


async def infractions(call: Call) -> web.Response:
    """A page of the infractions of an import."""
    query: ImportedQuery = call.query
    question = ListImported(import_id=_import_id(call), cursor=query.cursor, limit=query.limit)
    page = await call.gateway.queries.ask(subjects.QUERY_IMPORTED, question, ImportedPage)
    items = [infraction_json(each, for_staff=call.is_staff) for each in page.items]
    return json_answer({"items": items, "next": page.next})


def _only_who_punishes(call: Call) -> None:
    """Raises Forbidden where staff look at what a token asks for before anybody is punished."""
    if call.credential.review:
        raise Forbidden("What this token asks for waits for staff.")


def _check(call: Call, body: ImportRequest) -> None:
    """Raises Invalid with every row that cannot be, so that who sends them leaves these out at once."""
    latest = datetime.now(UTC) + _CLOCKS_APART
    is_server = call.gateway.credentials.kind_of
    errors = []
    for index, row in enumerate(body.infractions):
        if row.issued_at and row.issued_at > latest:
            errors.append({"field": f"infractions.{index}.issued_at", "message": "is in the future"})
        if row.lifted and row.lifted.at and row.lifted.at > latest:
            errors.append({"field": f"infractions.{index}.lifted.at", "message": "is in the future"})
        if row.server_id is not None and is_server(row.server_id) != "server":
            errors.append({"field": f"infractions.{index}.server_id", "message": "is of no server"})
    if errors:
        raise Invalid(errors=errors)


def _importing(call: Call, body: ImportRequest, index: int, row: RowRequest) -> ImportInfraction:
    """The command of a row; the same row again is told by its digest, not by the command. Raises Invalid."""
    who = offender(call, row.player, row.ip, f"infractions.{index}.")
    told = row.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    digest = call.gateway.addresses.digest(json.dumps(told, sort_keys=True))
    lifted = LiftedBefore(**row.lifted.model_dump()) if row.lifted else None
    return ImportInfraction(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=call.actor,
        correlation_id=correlation_id(),
        infraction_id=_infraction_id(body.source, row),
        **who,
        punishments=row.punishments,
        reason=row.reason,
        note=row.note,
        scope=row.scope,
        server_id=row.server_id,
        category=row.category,
        severity=row.severity,
        evidence=row.evidence,
        import_id=_import_id(call),
        source=body.source,
        row=row.row,
        digest=digest,
        began_at=row.issued_at,
        ends_at=row.expires_at,
        issued_by=row.issued_by,
        lifted=lifted,
    )


def _infraction_id(source: str, row: RowRequest) -> str:
    """The same for the same row, and in the order of time as every id is; before all others where that is unknown."""
    hashed = sha256(f"{source}\n{row.row}".encode()).hexdigest()
    if row.issued_at is None:
        return f"0000{hashed[:20]}"
    return f"{int(row.issued_at.timestamp() * 1000):012x}{hashed[:12]}"


def _lifting(call: Call, import_id: str, infraction: Infraction, reason: str) -> LiftInfraction:
    return LiftInfraction(
        command_id=new_id(),
        issued_at=datetime.now(UTC),
        actor=call.actor,
        correlation_id=correlation_id(),
        infraction_id=infraction.id,
        reason=reason,
        import_id=import_id,
    )


async def _page(call: Call, import_id: str, cursor: str | None) -> ImportedPage:
    """The next ones of an import. Raises UnknownImport."""
    question = ListImported(import_id=import_id, cursor=cursor, limit=_PAGE)
    page = await call.gateway.queries.ask(subjects.QUERY_IMPORTED, question, ImportedPage)
    if not page.items and cursor is None:
        raise UnknownImport
    return page


async def _only(call: Call, import_id: str, ids: Iterable[str]) -> ImportedPage:
    """Those of the import among the infractions with these ids."""
    questions = [GetInfraction(infraction_id=each) for each in ids]
    ask = call.gateway.queries.ask
    answers = await asyncio.gather(*(ask(subjects.QUERY_INFRACTION, each, InfractionFound) for each in questions))
    found = (each.infraction for each in answers)
    items = (each for each in found if each and each.imported and each.imported.import_id == import_id)
    return ImportedPage(items=tuple(items), next=None)


def _undoing(infraction: Infraction) -> str:
    """What becomes of it; what has reached its end here is over, whoever saw to it."""
    if infraction.status is not Status.ACTIVE:
        return "ended"
    return "undone" if infraction.is_as_imported else "left"


def _import_id(call: Call) -> str:
    import_id = call.short_id("import_id")
    if import_id is None:
        raise UnknownImport
    return import_id
