"""What is wrong with a field of a form: English as a text for programs, and said in the language of who reads. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError

from banstream_console.presentation.texts import Texts, texts
from banstream_contracts.faults import faults_of

_LABELS = {
    "actor": "desk-who",
    "address": "ban-address",
    "address_lasts": "ban-address-lasts",
    "any_certificate": "file-certificate",
    "at": "past-at",
    "ban": "policy-threshold-ban",
    "ban_duration": "policy-ban-duration",
    "ban_scope": "desk-scope",
    "by": "desk-who",
    "category": "ban-category",
    "coalesce_seconds": "policy-coalesce",
    "counts": "policy-tier-counts",
    "days": "credential-ends",
    "default_reason": "desk-reason",
    "done_since": "undo-since",
    "done_until": "undo-until",
    "duration": "ban-lasts",
    "duration_seconds": "ban-lasts",
    "events": "target-events",
    "evidence": "ban-evidence",
    "file": "ban-file",
    "fingerprint": "file-fingerprint",
    "folder": "log-folder",
    "format": "file-format",
    "host": "file-host",
    "infraction_id": "desk-infraction",
    "issuer_id": "ban-issuer",
    "kind": "desk-kind",
    "kick": "policy-threshold-kick",
    "lasts": "ban-lasts",
    "lifetime": "ban-lifetime",
    "login": "account-login",
    "look_back_seconds": "log-look-back",
    "name": "desk-name",
    "note": "ban-note",
    "passphrase": "file-passphrase",
    "path": "file-path",
    "player": "ban-player",
    "player_name": "ban-player-name",
    "player_service": "ban-service",
    "policy": "ban-policy",
    "poll_seconds": "log-poll",
    "port": "file-port",
    "private_key": "file-private-key",
    "punishments": "ban-punishments",
    "reason": "desk-reason",
    "reasons": "policy-reasons",
    "reset_after": "policy-reset",
    "role": "account-role",
    "rules": "log-rules",
    "scope": "desk-scope",
    "scopes": "credential-may",
    "search": "ban-search",
    "secret": "file-secret",
    "server": "ban-server",
    "server_id": "ban-server",
    "servers": "desk-servers",
    "service_id": "file-service",
    "severity": "ban-severity",
    "since": "ban-day-since",
    "state": "ban-state",
    "time_zone": "log-time-zone",
    "until": "ban-day-until",
    "url": "target-url",
    "user": "file-user",
    "warn": "policy-threshold-warn",
    "weights": "policy-weights",
}
"""What a field is called where its form is; one that is not here goes by its name."""
_OF_TIER = re.compile(r"(what|lasts)([0-9]+)")
_AT_ONCE = "at_once_"

_OF_TYPE = {
    "missing": "needed",
    "string_too_short": "short",
    "string_too_long": "long",
    "too_short": "few",
    "too_long": "many",
    "literal_error": "choice",
    "enum": "choice",
    "greater_than": "more",
    "greater_than_equal": "least",
    "less_than": "less",
    "less_than_equal": "most",
    "string_pattern_mismatch": "pattern",
}
"""Text ids by the types of pydantic's errors (https://docs.pydantic.dev/latest/errors/validation_errors/)."""
_OF_KIND = (("int_", "number"), ("float_", "number"), ("date", "day"), ("uuid", "id"), ("bool_", "choice"))
"""The same by how a type begins."""

_OF_PATTERN = {
    r"^[a-z0-9][a-z0-9_-]{0,63}$": "category",
    r"^[a-z0-9_]{1,64}$": "abuse-reason",
    r"^[a-z0-9][a-z0-9._-]{1,31}$": "login",
    r"^[0-9a-f]{24}$": "id",
    r"^[a-z0-9_-]{1,32}$": "service",
    r"^SHA256:[A-Za-z0-9+/]{43}$": "fingerprint",
    r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$": "file-host",
}
"""By the pattern that a text had to have."""

_OF_MESSAGE = (
    (re.compile(r"control characters? (?:U\+)?(?:\(found U\+)?(?P<code>[0-9A-F]{4,6})?"), "control"),
    (re.compile(r"invisible character U\+(?P<code>[0-9A-F]{4,6})"), "invisible"),
    (re.compile(r"is no time zone"), "time-zone"),
    (re.compile(r"a player is written"), "player"),
    (re.compile(r"a player id is not blank"), "player-blank"),
    (re.compile(r"a Steam id"), "player-steam"),
    (re.compile(r"a Roblox user id"), "player-roblox"),
    (re.compile(r"a Minecraft name"), "player-minecraft"),
    (re.compile(r"a DayZ id"), "player-dayz"),
    (re.compile(r"an infraction is about"), "whom"),
    (re.compile(r"a banned player is never connected"), "never-connected"),
    (re.compile(r"needs (?:a duration|duration_seconds)"), "duration-needed"),
    (re.compile(r"permanent or has a duration"), "duration-both"),
    (re.compile(r"names something twice"), "twice"),
    (re.compile(r"fewer than (?P<least>\d+) letters"), "search-short"),
    (re.compile(r"^reduced, and only that"), "reduction"),
)
"""By what our own contracts say where pydantic only knows that a value is wrong."""


class Wrong(str):
    """What is wrong with one field. As a text it is English; pages say it in the language of who reads."""

    __slots__ = ("arguments", "text_id")
    text_id: str
    arguments: Mapping[str, str | int]

    def __new__(cls, what: str, **arguments: str | int) -> Self:
        """`what` is the id of a text without `wrong-`."""
        text_id = f"wrong-{what}"
        made = super().__new__(cls, texts("en").say(text_id, **arguments))
        made.text_id, made.arguments = text_id, arguments
        return made

    def said(self, said: Texts) -> str:
        """In the language of `said`."""
        return said.say(self.text_id, **self.arguments)


def wrongs_of(error: ValidationError) -> dict[str, Wrong]:
    """By field, never with its value."""
    return {".".join(str(step) for step in each["loc"]): _wrong(each["type"], each) for each in faults_of(error)}


def fields_said(fields: Mapping[str, str], said: Texts) -> dict[str, str]:
    """What is wrong with each field, in the language of `said`."""
    return {name: each.said(said) if isinstance(each, Wrong) else each for name, each in fields.items()}


def label_of(name: str, said: Texts) -> str:
    """Of the part of a field's path that its form knows."""
    if not name:
        return ""
    if found := _OF_TIER.fullmatch(name):
        tier = said.say("tiers-tier", tier=int(found[2]) + 1)
        return f"{tier}, {said.say('ban-lasts')}: " if found[1] == "lasts" else f"{tier}: "
    if name.startswith(_AT_ONCE):
        return f"{said.say('policy-at-once')}, {said.say(f'severity-{name.removeprefix(_AT_ONCE)}')}: "
    known = next((_LABELS[part] for part in name.split(".") if part in _LABELS), None)
    return f"{said.say(known) if known else name}: "


def _wrong(kind: str, error: Mapping[str, Any]) -> Wrong:
    context: Mapping[str, Any] = error.get("ctx", {})
    if kind == "value_error":
        return _of_message(str(context.get("error", "")))
    if context.get("field_type") == "Value":
        kind = f"string_{kind}"  # of a text whose length is looked at behind something else
    limit = next((context[name] for name in ("min_length", "max_length", "gt", "ge", "lt", "le") if name in context), 0)
    what = _OF_TYPE.get(kind) or next((each for start, each in _OF_KIND if kind.startswith(start)), "other")
    if what == "pattern":
        return Wrong(_OF_PATTERN.get(str(context.get("pattern")), "pattern"))
    if what == "short" and limit == 1:
        return Wrong("needed")
    return Wrong(what, limit=int(limit)) if what in _LIMITED else Wrong(what)


_LIMITED = {"short", "long", "few", "many", "more", "least", "less", "most"}


def _of_message(message: str) -> Wrong:
    for pattern, what in _OF_MESSAGE:
        if found := pattern.search(message):
            given = {name: value for name, value in found.groupdict().items() if value is not None}
            if what == "control" and not given:
                return Wrong("control-some")
            return Wrong(what, **given)
    return Wrong("other")
