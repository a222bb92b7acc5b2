"""Pushes as one server gets them: with what restricts the player there now."""

from collections.abc import Iterable
from datetime import UTC, datetime
from time import monotonic

import orjson

from banstream_contracts.infractions import Punishment, Scope
from banstream_contracts.players import service_and_id
from banstream_edge.check import Asking, strongest
from banstream_gateway.answers import restrictions_json
from banstream_gateway.appeal_invitations import AppealInvitations
from banstream_gateway.feed.ring import Cursor, Entry
from banstream_gateway.held.restrictions import Restrictions
from banstream_gateway.held.standings import Restriction

_FRESH_SECONDS = 0.1
"""Waiting clients that are woken by one event share what is written for it; later ones get what is in force then."""

_ADDRESS = "address="


class PushViews:
    """Writes pushes as JSON, once for all servers that see the same."""

    def __init__(self, restrictions: Restrictions, appeals: AppealInvitations | None = None) -> None:
        self._restrictions = restrictions
        self._appeals = appeals
        self._written: dict[tuple[int, int, str | None], bytes] = {}
        self._written_at = 0.0

    def write(self, entry: Entry, incarnation: str, server_id: str | None) -> bytes:
        """One push as a JSON object; its `id` is the cursor right behind it."""
        if monotonic() - self._written_at > _FRESH_SECONDS:
            self._written.clear()
            self._written_at = monotonic()
        key = entry.push.key
        held = [*self._restrictions.lookup(key)] if key is not None else []
        view = server_id if any(_is_of(restriction, server_id) for restriction in held) else None
        wanted = entry.sequence, self._restrictions.position_of(key) if key is not None else 0, view
        written = self._written.get(wanted)
        if written is None:
            written = self._written[wanted] = _written(entry, incarnation, held, view, self._appeals)
        return written

    def players(self, keys: Iterable[str], server_id: str | None) -> list[bytes]:
        """A line of JSON for each player of these keys that is restricted now; addresses are known by hash only."""
        asking, now, lines = Asking(server_id), datetime.now(UTC), []
        for key in keys:
            if key.startswith(_ADDRESS):
                continue
            found = strongest(self._restrictions.lookup(key), asking, now)
            if found:
                service, player_id = service_and_id(key)
                told = restrictions_json(found, self._appeals)
                line = {"player": {"service": service, "id": player_id}, "restrictions": told}
                lines.append(orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
        return lines


def _is_of(restriction: Restriction, server_id: str | None) -> bool:
    return restriction.scope == Scope.SERVER and restriction.server_id == server_id


def _written(
    entry: Entry,
    incarnation: str,
    held: list[Restriction],
    server_id: str | None,
    appeals: AppealInvitations | None,
) -> bytes:
    identity = orjson.dumps(str(Cursor(incarnation, entry.sequence)))
    start = b'{"id":' + identity + b"," + entry.push.fields[1:]
    if entry.push.key is None:
        return start
    found = strongest(held, Asking(server_id), datetime.now(UTC))
    state = {"banned": Punishment.BAN in found, "restrictions": restrictions_json(found, appeals)}
    return start[:-1] + b"," + orjson.dumps(state, option=orjson.OPT_UTC_Z)[1:]
