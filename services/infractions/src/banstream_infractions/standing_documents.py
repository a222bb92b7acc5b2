"""What KV `restrictions` holds, made of infractions as the read model keeps them.

The relay writes one for each event: to read an infraction into its model, make another of it and write that again took
a quarter of what the relay does (docs/performance/bans.md).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from banstream_contracts.infractions import Lifetime, Restriction, Status

Document = Mapping[str, Any]
"""An infraction as JSON, without nulls."""

_FIELDS = tuple(Restriction.model_fields)


def standing_document(position: int, infractions: Iterable[Document]) -> dict[str, Any]:
    """As JSON, without nulls, what `infraction_states.standing_of` gives of the same infractions."""
    restricting = [
        each
        for each in infractions
        if each["status"] == Status.ACTIVE and each["punishments"] and each["lifetime"] != Lifetime.SESSION
    ]
    restricting.sort(key=lambda each: str(each["id"]))
    return {"position": position, "restrictions": [_restriction(each) for each in restricting]}


def _restriction(infraction: Document) -> dict[str, Any]:
    values = {**infraction, "infraction_id": infraction["id"], "issuer_name": infraction["issuer"].get("name")}
    return {name: value for name in _FIELDS if (value := values.get(name)) is not None}
