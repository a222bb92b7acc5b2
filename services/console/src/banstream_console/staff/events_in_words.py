"""What an event of any log says to staff, in somebody's language. Pure."""

from collections.abc import Mapping
from typing import Any

from banstream_console.presentation.long_texts import cut
from banstream_console.presentation.texts import Texts
from banstream_privacy.visible import clean

NOT_SAID = "\u2013"
_LONGEST = 240


def in_words(texts: Texts, kind: str, event: Mapping[str, Any]) -> str:
    """What has happened, in one sentence, without who did it; the type itself where a later release made it up."""
    text_id = _text_id(kind, event)
    return texts.say(text_id, **_arguments(texts, event)) if texts.knows(text_id) else kind


def mood(kind: str, event: Mapping[str, Any]) -> str:
    """How it is marked in a list of what happened: `bad`, `warn`, `good`, or nothing."""
    if kind == "appeal.decided":
        return "" if event.get("verdict") == "upheld" else "good"
    if kind == "infraction.imported":
        return "bad" if event.get("lifted") is None else ""
    return _MOODS.get(kind, "")


def actor_in_words(texts: Texts, actor: Mapping[str, Any]) -> str:
    """Who did it: by name, else what they are."""
    name = clean(str(actor.get("name") or ""))
    if name:
        return cut(name, _LONGEST)
    text_id = f"event-actor-{actor.get('kind')}"
    return texts.say(text_id) if texts.knows(text_id) else str(actor.get("kind"))


def punishments_in_words(texts: Texts, punishments: object) -> str:
    """`Ban, Voice block`; of none a warning."""
    named = [str(each) for each in punishments] if isinstance(punishments, (list, tuple)) else []
    said = [
        texts.say(text_id) if texts.knows(text_id := f"event-what-{each}") else each.replace("_", " ") for each in named
    ]
    return ", ".join(said) or texts.say("event-what-nothing")


def _text_id(kind: str, event: Mapping[str, Any]) -> str:
    text_id = f"event-{kind.replace('.', '-')}"
    match kind:
        case "appeal.decided":
            return f"{text_id}-{event.get('verdict')}"
        case "infraction.imported" if event.get("lifted") is not None:
            return f"{text_id}-lifted"
        case "infraction.amended" if (exempt := _exempt(event)) is not None:
            return f"{text_id}-{'exempt' if exempt else 'nobody_exempt'}"
        case "infraction.amended" if _is_of_address_alone(event):
            return f"{text_id}-address"
        case "infraction.lifted" if event.get("import_id"):
            return f"{text_id}-imported"
        case "abuse.threshold_reached":
            return f"{text_id}-{'withheld' if event.get('withheld') else 'done'}"
        case _:
            return text_id


def _arguments(texts: Texts, event: Mapping[str, Any]) -> dict[str, str | int]:
    """Every one that any text has, so that none is missing whatever the event leaves out."""
    terms = event.get("terms")
    named = event.get("name") or (terms.get("name") if isinstance(terms, Mapping) else None)
    incidents = event.get("incident_ids")
    role, threshold = f"role-{event.get('role')}", f"event-threshold-{event.get('threshold')}"
    return {
        "punishments": punishments_in_words(texts, event.get("punishments")),
        "name": _said(named),
        "role": texts.say(role) if texts.knows(role) else _said(event.get("role")),
        "threshold": texts.say(threshold) if texts.knows(threshold) else _said(event.get("threshold")),
        "admin": _said(event.get("admin_name")),
        "policy": _said(event.get("policy_id")),
        "players": _said(", ".join(_exempt(event) or ())),
        "number": len(incidents) if isinstance(incidents, list) else 0,
        **{field: _said(event.get(field)) for field in _AS_THEY_ARE},
    }


def _exempt(event: Mapping[str, Any]) -> list[str] | None:
    """Who is exempt from an infraction, where that has changed; each as `service:id`."""
    changes = event.get("changes")
    if not isinstance(changes, Mapping) or "exempt" not in changes:
        return None
    exempt = changes["exempt"]
    players = (each for each in exempt if isinstance(each, Mapping)) if isinstance(exempt, list) else ()
    return [f"{player.get('service')}:{player.get('id')}" for player in players]


def _is_of_address_alone(event: Mapping[str, Any]) -> bool:
    """Whether nothing has changed but how long an infraction binds its address."""
    changes = event.get("changes")
    return isinstance(changes, Mapping) and [*changes] == ["address_expires_at"]


def _said(value: object) -> str:
    """Text of anybody, as it may be seen."""
    if isinstance(value, (Mapping, list)):
        return NOT_SAID
    return cut(clean(str(value)), _LONGEST) or NOT_SAID if value is not None else NOT_SAID


_AS_THEY_ARE = (
    "reason",
    "source",
    "network",
    "assignee",
    "text",
    "login",
    "failures",
    "count",
    "limit",
    "version",
)
_MOODS = {
    "infraction.issued": "bad",
    "infraction.reinstated": "bad",
    "infraction.lifted": "good",
    "infraction.expired": "good",
    "request.opened": "warn",
    "request.approved": "good",
    "appeal.opened": "warn",
    "abuse.detected": "warn",
    "abuse.alert_raised": "warn",
    "abuse.threshold_reached": "bad",
    "abuse.kick_requested": "bad",
    "player.kick_requested": "bad",
    "account.locked_out": "bad",
    "target.broken": "bad",
    "ban_file.drifted": "warn",
    "ban_file.refused": "bad",
    "ban_file.failed": "bad",
    "ban_file.recovered": "good",
    "credential.revoked": "warn",
}
