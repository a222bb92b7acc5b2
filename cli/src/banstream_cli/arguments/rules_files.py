"""Rules of the feed: from files, read and checked before they are sent; and which ones a source goes by."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banstream_cli.terminal.exits import Stuck
from banstream_dayz_feed.rules.rule_settings import Rule
from banstream_dayz_feed.rules.rules_file import RulesRefused, check_rules, read_rules


def rules_in(file: Path) -> dict[str, Any]:
    """The tables of a rules file, as JSON values. Raises Stuck."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        is_json = file.suffix.lower() == ".json"
        read_rules(text, is_json=is_json)
    except RulesRefused as error:
        raise Stuck(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise Stuck(f"{file}: is no text") from None
    except OSError as error:
        raise Stuck(f"{file}: {error.strerror}") from None
    found: dict[str, Any] = json.loads(text) if is_json else tomllib.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class InForce:
    """What a source goes by: rules with their modes, those that are off, and its zones."""

    modes: Mapping[str, str]
    off: tuple[str, ...]
    zones: tuple[str, ...]


def in_force(document: Mapping[str, Any]) -> InForce | None:
    """With the defaults of what a source's rules leave out; None where they are of another release."""
    try:
        settings = check_rules(document)
    except RulesRefused:
        return None
    rules = {name: value for name, value in settings if isinstance(value, Rule)}
    return InForce(
        modes={name: rule.mode.value for name, rule in rules.items() if rule.enabled},
        off=tuple(name for name, rule in rules.items() if not rule.enabled),
        zones=tuple(zone.name for zone in settings.zones),
    )
