"""Reads that need the database: the list of a player's infractions, one infraction, and how many there are."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from banstream_contracts import subjects
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Status
from banstream_contracts.queries.plugins import FindInfractions, FoundInfractions
from banstream_gateway.endpoints import Call
from banstream_gateway.gflbans.answers import infraction_reply, reply
from banstream_gateway.gflbans.auth import NEEDS_CREDENTIAL, admit_reader
from banstream_gateway.gflbans.bodies import Fields, read_query
from banstream_gateway.gflbans.changes import found, short_id
from banstream_gateway.gflbans.checks import asking_server
from banstream_gateway.gflbans.errors import Rejected
from banstream_gateway.gflbans.players import Target, simple
from banstream_gateway.gflbans.routing import PREFIXES

_PAGE, _LARGEST_PAGE, _MOST_SKIPPED = 30, 50, 1_000_000
_COUNTED = 500
_NAMES = {
    Punishment.VOICE_BLOCK: "voice_block",
    Punishment.CHAT_BLOCK: "text_block",
    Punishment.BAN: "ban",
    Punishment.ADMIN_CHAT_BLOCK: "admin_chat_block",
    Punishment.CALL_ADMIN_BLOCK: "call_admin_block",
    Punishment.ITEM_BLOCK: "item_block",
}
_FOR_GOOD, _FOR_THE_SESSION = 0, -1


async def search(call: Call) -> web.Response:
    """A page of the infractions of a player or an address, newest first."""
    admit_reader(call)
    fields = read_query(call)
    limit, skip = fields.whole("limit"), fields.whole("skip", least=0) or 0
    if limit is not None and limit > _LARGEST_PAGE:
        raise fields.wrong("limit", f"is more than {_LARGEST_PAGE}")
    question = _question(
        call,
        fields,
        active=fields.truth("active_only", default=False),
        skip=min(skip, _MOST_SKIPPED),
        limit=limit or _PAGE,
    )
    page = await _ask(call, question)
    return reply({"results": [infraction_reply(each) for each in page.items], "total_matched": page.total})


async def info(call: Call) -> web.Response:
    """One infraction."""
    admit_reader(call)
    infraction_id = short_id(call.request.match_info["infraction_id"])
    if infraction_id is None:
        raise Rejected(400, "Invalid id")
    return reply(infraction_reply(await found(call, infraction_id, "No such infraction")))


async def stats(call: Call) -> web.Response:
    """How many infractions there are of each kind.

    The documented API counts past ones too, GFLBans' later one only those in force unless it is asked for all.
    """
    admit_reader(call)
    fields = read_query(call)
    is_documented = call.path.startswith(f"{PREFIXES[0]}/")
    active = fields.truth("active_only", default=not is_documented)
    chosen = _is_chosen(fields)
    if chosen is None:
        counted = await _ask(call, _question(call, fields, active=active, skip=0, limit=0))
        return reply(_counts(counted.by_punishment, counted.warnings))
    page = await _ask(call, _question(call, fields, active=active, skip=0, limit=_COUNTED))
    items = [each for each in page.items if chosen(each)]
    content = _counts(
        {kind: sum(kind in each.punishments for each in items) for kind in _NAMES},
        sum(not each.punishments for each in items),
    )
    return reply(content if fields.truth("count_only", default=True) else content | _longest(items))


def _question(call: Call, fields: Fields, *, active: bool, skip: int, limit: int) -> FindInfractions:
    target = _readable(call, simple(fields))
    return FindInfractions(
        player=target.player,
        **target.address_hashes(call.gateway),
        server_id=asking_server(call),
        include_other_servers=fields.truth("include_other_servers", default=True),
        active=True if active else None,
        skip=skip,
        limit=limit,
    )


def _readable(call: Call, target: Target) -> Target:
    """Guests learn nothing about addresses."""
    if call.admitted is not None:
        return target
    if target.player is None:
        raise Rejected(401, NEEDS_CREDENTIAL)
    return Target(target.player)


async def _ask(call: Call, question: FindInfractions) -> FoundInfractions:
    return await call.gateway.queries.ask(subjects.QUERY_FIND, question, FoundInfractions)


def _is_chosen(fields: Fields) -> "_Choice | None":
    """What the query asks for beyond all; None where every infraction counts."""
    reason = fields.text("reason")
    removed = not fields.truth("exclude_removed", default=False)
    only_online = fields.truth("playtime_based", default=False)
    if reason is None and removed and not only_online and fields.truth("count_only", default=True):
        return None
    return _Choice(reason, only_online=only_online, removed=removed)


class _Choice:
    """Whether an infraction counts."""

    def __init__(self, reason: str | None, *, only_online: bool, removed: bool) -> None:
        self._reason = reason.lower() if reason else None
        self._only_online = only_online
        self._removed = removed

    def __call__(self, infraction: Infraction) -> bool:
        """One infraction."""
        if not self._removed and infraction.status is Status.LIFTED:
            return False
        if self._only_online and infraction.lifetime is not Lifetime.ONLINE:
            return False
        return self._reason is None or self._reason in infraction.reason.lower()


def _counts(by_punishment: Mapping[Punishment, int], warnings: int) -> dict[str, Any]:
    """Both spellings of the last one are in use."""
    counts = {f"{name}_count": by_punishment.get(kind, 0) for kind, name in _NAMES.items()}
    return {**counts, "warnings_count": warnings, "warning_count": warnings}


def _longest(items: Iterable[Infraction]) -> dict[str, int]:
    """The longest of each kind in seconds: 0 for good, -1 for the session; left out where there is none."""
    now = datetime.now(UTC)
    found_longest: dict[str, int] = {}
    for each in items:
        names = [_NAMES[kind] for kind in each.punishments] or ["warning"]
        for name in names:
            held = found_longest.get(f"{name}_longest")
            found_longest[f"{name}_longest"] = _longer(held, _length(each, now))
    return found_longest


def _longer(held: int | None, other: int) -> int:
    if held is None or other == _FOR_GOOD:
        return other
    return held if held == _FOR_GOOD else max(held, other)


def _length(infraction: Infraction, now: datetime) -> int:
    match infraction.lifetime:
        case Lifetime.PERMANENT:
            return _FOR_GOOD
        case Lifetime.SESSION:
            return _FOR_THE_SESSION
        case _:
            return max(1, infraction.duration_seconds or int((now - infraction.issued_at).total_seconds()))
