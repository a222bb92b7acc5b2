"""`banstream requests approve|reject`: one decision on any number of requests."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import uuid4

import typer

from banstream_cli.arguments.options import Json, Key, read
from banstream_cli.arguments.times import parse_lifetime
from banstream_cli.gateway.api import open_api, path
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo, Unconfirmed
from banstream_cli.terminal.output import Cell, print_json, print_table
from banstream_contracts.infractions import Scope

_MOST = 100
"""The gateway takes no more at once."""

_COLUMNS = ("Request", "Outcome", "Infractions", "Why")

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Of requests, 24 hex digits each.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="7d, 12h, 30m, 1d12h or permanent.")]


def approve(
    context: typer.Context,
    request_ids: Ids,
    lasting: For = None,
    reason: Annotated[str | None, typer.Option(help="In place of the suggested one; the player reads it.")] = None,
    scope: Annotated[Scope | None, typer.Option(help="Where the ban holds.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Issue the ban that each request suggests, keep one that was issued at once, or lift where that is asked for."""
    seconds = read(parse_lifetime, lasting) if lasting is not None else None
    changes = {"duration_seconds": seconds, "reason": reason, "scope": scope.value if scope else None}
    body: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
    if lasting and seconds is None:
        body["permanent"] = True
    _decide(context.obj, request_ids, {"decision": "approve", **body}, key, as_json=as_json)


def reject(
    context: typer.Context,
    request_ids: Ids,
    reason: Annotated[str | None, typer.Option(help="Why; the player reads it where a ban is lifted.")] = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Do nothing of what each request asks for; a ban that was issued at once is lifted."""
    body: dict[str, object] = {"reason": reason} if reason else {}
    _decide(context.obj, request_ids, {"decision": "reject", **body}, key, as_json=as_json)


def each_once(request_ids: Sequence[str]) -> list[str]:
    """In the order named."""
    return list(dict.fromkeys(request_ids))


def _decide(
    settings: Settings, request_ids: Sequence[str], body: dict[str, object], key: str | None, *, as_json: bool
) -> None:
    """Raises AnswerIsNo where one was refused, Unconfirmed where one is not carried out yet."""
    own = key or str(uuid4())
    items = asyncio.run(_send(settings, each_once(request_ids), body, own))
    if as_json:
        print_json({"items": items})
    else:
        print_table(_COLUMNS, (_row(item) for item in items), "")
    waiting = [item for item in items if item.get("status") in {"accepted", "unavailable"}]
    refused = [item for item in items if item.get("status") == "refused"]
    if refused:
        raise AnswerIsNo(f"{len(refused)} of {len(items)} refused: {_why(refused[0])}")
    if waiting:
        raise Unconfirmed(f"{len(waiting)} of {len(items)} not confirmed yet; see again with --key {own}")


async def _send(
    settings: Settings, request_ids: Sequence[str], body: dict[str, object], key: str
) -> list[dict[str, Any]]:
    """As many at once as the gateway takes; the key makes one of its own for each request."""
    items: list[dict[str, Any]] = []
    async with open_api(settings) as api:
        for start in range(0, len(request_ids), _MOST):
            sent = {"ids": list(request_ids[start : start + _MOST]), **body}
            answer = await api.send("POST", path("v1", "requests", "decisions"), sent, key)
            items += answer.content.get("items") or ()
    return items


def _row(item: Mapping[str, Any]) -> list[Cell]:
    infractions = " ".join(str(each) for each in item.get("infraction_ids") or ())
    return [str(item.get("id", "-")), str(item.get("status", "-")), infractions or "-", _why(item)]


def _why(item: Mapping[str, Any]) -> str:
    problem = item.get("problem")
    return str(problem.get("detail") or problem.get("title") or "") if isinstance(problem, Mapping) else ""
