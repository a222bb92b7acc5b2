"""What game servers are told of the events on the bus: event in, push out. Pure.

Bodies are read leniently, field by field: what is added to them later changes nothing here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from banstream_contracts import subjects
from banstream_contracts.infractions import Scope
from banstream_contracts.players import Player, address_token
from banstream_contracts.text import blank_control_characters
from banstream_runtime.compact import compact_json

RESTRICTIONS, KICK, THRESHOLD, MESSAGE = "restrictions", "kick", "threshold", "message"
CHANGES = ("issued", "amended", "lifted", "reinstated", "expired")

_PREFIX = "banstream."
_SHORT_ID = re.compile(r"[0-9a-f]{24}")
_AMENDED = "amended"
"""Told to all servers: an amendment may be what makes an infraction hold on one server only."""
_THRESHOLDS = frozenset({"warn", "kick", "ban"})

Body = Mapping[str, Any]


class Push(msgspec.Struct, frozen=True, gc=False):
    """One thing to tell: to one server, or to all where `server_id` is None.

    `key` is the player whose restrictions are added whenever it is told; `fields` is the rest, as a JSON object.
    `address` is the key of the address that is concerned: it is never told.
    """

    type: str
    occurred_at: float
    server_id: str | None
    key: str | None
    fields: bytes
    address: str | None = None


def read(event_type: str, body: bytes) -> Push | None:
    """What to tell of an event, by its CloudEvents type; None if nothing. Raises ValueError for an odd body."""
    tell = _TELLERS.get(event_type.removeprefix(_PREFIX)) if event_type.startswith(_PREFIX) else None
    if tell is None:
        return None
    content = orjson.loads(body)
    if not isinstance(content, dict):
        raise ValueError("the body is no object")  # noqa: TRY004 - one kind of error for whatever is odd
    return tell(content)


def _infraction(change: str) -> Callable[[Body], Push | None]:
    def tell(body: Body) -> Push | None:
        if body.get("import_id") is not None:
            return None  # with its import, of which no server was told
        server_id = None
        if body.get("scope") == Scope.SERVER and change != _AMENDED:
            server_id = _server(body)
            if server_id is None:
                return None  # binds nobody, as in a check
        player = _player(body)
        fields: dict[str, Any] = {
            "change": change,
            "infraction_id": _short_id(body.get("infraction_id")),
            "player": _shown(player) if player else None,
        }
        address_hash = body.get("address_hash")
        if address_hash is not None:
            fields["recheck"] = True
        push = _push(RESTRICTIONS, body, fields, server_id, player.token if player else None)
        if isinstance(address_hash, str):
            return msgspec.structs.replace(push, address=address_token(address_hash))
        return push

    return tell


def _kick(body: Body) -> Push | None:
    fields = {"player": _shown(_required_player(body)), "reason": _text(body, "reason")}
    if body.get("incident_id") is not None:
        fields["incident_id"] = _text(body, "incident_id")
    return _push(KICK, body, fields, _server(body))


def _threshold(body: Body) -> Push | None:
    if body.get("withheld") == "shadow":
        return None
    threshold, count = _text(body, "threshold"), body.get("count")
    if threshold not in _THRESHOLDS or not isinstance(count, int):
        raise ValueError("no threshold or no count")
    fields = {
        "player": _shown(_required_player(body)),
        "threshold": threshold,
        "count": count,
        "incident_id": _text(body, "incident_id"),
    }
    return _push(THRESHOLD, body, fields, _server(body))


def _message(body: Body) -> Push | None:
    fields: dict[str, Any] = {"message_id": _text(body, "message_id"), "text": _text(body, "text")}
    if player := _player(body):
        fields["player"] = _shown(player)
    return _push(MESSAGE, body, fields, _server(body))


_TELLERS: Mapping[str, Callable[[Body], Push | None]] = {
    **{f"infraction.{change}": _infraction(change) for change in CHANGES},
    "abuse.kick_requested": _kick,
    "player.kick_requested": _kick,
    "abuse.threshold_reached": _threshold,
    "server.message_sent": _message,
}

SUBJECTS = tuple(subjects.event(event_type, "*") for event_type in _TELLERS)
"""Of every event that `read` may find something in: most events are told to nobody."""


def _push(push_type: str, body: Body, fields: dict[str, Any], server_id: str | None, key: str | None = None) -> Push:
    occurred_at = _time(_text(body, "occurred_at"))
    content = {"type": push_type, "occurred_at": occurred_at, **fields}
    fields_as_json = compact_json(content, option=orjson.OPT_UTC_Z)
    return Push(push_type, occurred_at.timestamp(), server_id, key, fields_as_json)


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("occurred_at has no time zone")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("occurred_at is out of range") from None


def _text(body: Body, field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str):
        raise ValueError(f"{field} is no text")  # noqa: TRY004 - as above
    return blank_control_characters(value)


def _short_id(value: object) -> str:
    if not (isinstance(value, str) and _SHORT_ID.fullmatch(value)):
        raise ValueError("an id is no 24 hex digits")
    return value


def _server(body: Body) -> str | None:
    """The server it is for; what is meant for one that cannot be read must not go to all."""
    return _short_id(body["server_id"]) if body.get("server_id") is not None else None


def _player(body: Body) -> Player | None:
    return Player.model_validate(body["player"]) if body.get("player") is not None else None


def _required_player(body: Body) -> Player:
    player = _player(body)
    if player is None:
        raise ValueError("no player")
    return player


def _shown(player: Player) -> dict[str, str]:
    return {"service": player.service, "id": player.id}
