"""The commands as Discord has to be told of them, in every language that we speak. Pure.

Facts: https://discord.com/developers/docs/interactions/application-commands
"""

from typing import Any

from banstream_gateway.discord.options import SERVICES, SEVERITIES
from banstream_gateway.discord.texts import FALLBACK, texts

LOCALES = {"pt-BR": "pt-BR", "es-ES": "es", "es-419": "es", "zh-CN": "zh-CN"}
"""Our language of each locale of Discord that has texts of its own; all others read English."""

_COMMAND, _TEXT = 1, 3
_GUILD = 0
_LONGEST_PLAYER, _LONGEST_REASON, _LONGEST_DURATION, _LONGEST_CATEGORY = 161, 1024, 32, 64

Definition = dict[str, Any]


def definitions(*, is_global: bool) -> list[Definition]:
    """Every command; those for one guild say nothing of where they can be used."""
    player = _option("player", required=True, max_length=_LONGEST_PLAYER)
    duration = _option("duration", required=True, max_length=_LONGEST_DURATION, autocomplete=True)
    reason = _option("reason", required=True, max_length=_LONGEST_REASON)
    service = _option("service", choices=[{"name": each, "value": each} for each in SERVICES])
    category = _option("category", max_length=_LONGEST_CATEGORY, autocomplete=True)
    severity = _option("severity", choices=[_severity(each) for each in SEVERITIES])
    where = {"contexts": [_GUILD]} if is_global else {}
    return [
        _command("ban", [player, duration, reason, service, category, severity], where),
        _command("unban", [player, reason, service], where),
        _command("check", [player, service], where),
        _command("history", [player, service], where),
    ]


def compared(definition: object) -> object:
    """A definition without what Discord adds to it, so that ours and theirs can be compared."""
    if isinstance(definition, dict):
        kept = {name: compared(value) for name, value in definition.items() if name in _MEANT or name in LOCALES}
        return {name: value for name, value in kept.items() if value not in (None, False, [], {})}
    if isinstance(definition, list):
        return [compared(each) for each in definition]
    return definition


_MEANT = frozenset(
    {
        *("name", "name_localizations", "description", "description_localizations", "type", "options", "contexts"),
        *("required", "choices", "value", "min_length", "max_length", "autocomplete"),
    }
)


def _command(name: str, options: list[Definition], where: Definition) -> Definition:
    return {"type": _COMMAND, **_named(f"command-{name}"), "options": options, **where}


def _option(name: str, **more: object) -> Definition:
    return {"type": _TEXT, **_named(f"option-{name}"), **more}


def _named(text_id: str) -> Definition:
    return {**_said("name", f"{text_id}-name"), **_said("description", f"{text_id}-description")}


def _severity(name: str) -> Definition:
    return {**_said("name", f"severity-{name}"), "value": name}


def _said(field: str, text_id: str) -> Definition:
    """A text in English, and in the languages of others."""
    others = {locale: texts(language).say(text_id) for locale, language in LOCALES.items()}
    return {field: texts(FALLBACK).say(text_id), f"{field}_localizations": others}
