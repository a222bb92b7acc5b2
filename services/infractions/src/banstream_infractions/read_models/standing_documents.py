"""What KV `restrictions` holds, made of infractions as the read model keeps them.

The relay writes one for each event: to read an infraction into its model, make another of it and write that again took
a quarter of what the relay does (docs/performance/bans.md).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from banstream_contracts.infractions import Lifetime, Punishment, Restriction
from banstream_runtime.compact import compact_json

Document = Mapping[str, Any]
"""An infraction as JSON, without nulls."""

MOST_BYTES = 512 * 1024
"""Of an entry. NATS takes messages of 1 MB; what is longer would stop the relay, and with it every later ban."""
_SHORT_REASON = 80

_FIELDS = tuple(Restriction.model_fields)


def at_address(infraction: Document) -> Document:
    """`restricting.at_address` of an infraction as it is kept."""
    end = infraction.get("address_expires_at")
    if end is None:
        return infraction
    lifetime = Lifetime.TIMED if infraction["lifetime"] == Lifetime.PERMANENT else infraction["lifetime"]
    expires_at = min(end, infraction.get("expires_at") or end, key=datetime.fromisoformat)
    return {**infraction, "lifetime": lifetime, "expires_at": expires_at}


def standing_document(position: int, restricting: Iterable[Document]) -> dict[str, Any]:
    """As JSON, without nulls, what `infraction_states.standing_of` gives of the infractions that restrict somebody."""
    in_order = sorted(restricting, key=lambda each: str(each["id"]))
    return {"position": position, "restrictions": [_restriction(each) for each in in_order]}


def written(document: Document) -> bytes:
    """A standing as it is put.

    Of thousands of restrictions, as those of an address that many players share, it holds those that decide: of every
    kind the one that lasts longest, and for who is exempt from that the longest that binds them. The others come to it
    again when that one is lifted.
    """
    entry = compact_json(document)
    if len(entry) <= MOST_BYTES:
        return entry
    return compact_json({**document, "restrictions": _fitting(_decisive(document["restrictions"]))})


def _restriction(infraction: Document) -> dict[str, Any]:
    values = {**infraction, "infraction_id": infraction["id"], "issuer_name": infraction["issuer"].get("name")}
    return {name: value for name in _FIELDS if (value := values.get(name)) is not None}


def _decisive(restrictions: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of every kind the one that lasts longest, and for those who are exempt from it the longest that binds them.

    What counts time connected and has an end beside that is of a kind with those that have the same.
    """
    decisive, unbound = [], dict[tuple[Any, ...], set[tuple[str, str]]]()
    for each in sorted(restrictions, key=_lasts, reverse=True):
        end = each["expires_at"] if _ends_twice(each) else None
        kind = tuple(each["punishments"]), each["scope"], each.get("server_id"), each["lifetime"], end
        exempt = {(player["service"], player["id"]) for player in each.get("exempt") or ()}
        if kind not in unbound or not unbound[kind] <= exempt:
            decisive.append(each)
            unbound[kind] = unbound.get(kind, exempt) & exempt
    return decisive


def _ends_twice(restriction: Document) -> bool:
    """Whether it counts time connected and has an end beside that."""
    return restriction["lifetime"] == Lifetime.ONLINE and "expires_at" in restriction


def _lasts(restriction: Document) -> float:
    """Comparable among those of one kind."""
    if end := restriction.get("expires_at"):
        return datetime.fromisoformat(end).timestamp()
    return float(restriction.get("time_left_seconds") or 0)


def _fitting(restrictions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bans first, and last those that end with time connected or the address: these have a kind for each such end."""
    room, fitting = MOST_BYTES, []
    for each in sorted(restrictions, key=lambda each: (Punishment.BAN not in each["punishments"], _ends_twice(each))):
        short = {**each, "reason": each["reason"][:_SHORT_REASON]}
        room -= len(orjson.dumps(short)) + 1
        if room < 0:
            break
        fitting.append(short)
    return fitting
