"""A rules file, TOML or JSON: read, checked, and refused in words that name the key and the nearest right one."""

import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from banstream_dayz_feed.rules.rule_settings import BannedClass, RuleSettings


class RulesRefused(ValueError):
    """What is wrong with a rules file, in a line."""


def read_rules(text: str, *, is_json: bool = False) -> RuleSettings:
    """The settings of a file. Raises RulesRefused."""
    try:
        document = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise RulesRefused(f"no {'JSON' if is_json else 'TOML'}: {error}") from None
    if not isinstance(document, dict):
        raise RulesRefused("a table of rules is wanted")
    return check_rules(document)


def check_rules(document: Mapping[str, Any]) -> RuleSettings:
    """The settings of a parsed file. Raises RulesRefused."""
    try:
        settings = RuleSettings.model_validate(document)
    except ValidationError as error:
        raise RulesRefused("; ".join(_complaints(error))) from None
    _check_zones(settings)
    return settings


def _check_zones(settings: RuleSettings) -> None:
    names = [zone.name for zone in settings.zones]
    if len(names) != len(set(names)):
        raise RulesRefused("two zones have the same name")
    rules: tuple[tuple[str, BannedClass], ...] = (
        ("banned_class", settings.banned_class),
        ("garden_plot", settings.garden_plot),
    )
    for rule, value in rules:
        for name in value.zones:
            if name not in names:
                raise RulesRefused(f"{rule}.zones: there is no zone {name!r}{_nearest(name, names)}")


def _complaints(error: ValidationError) -> list[str]:
    found = []
    for each in error.errors(include_url=False):
        place = ".".join(map(str, each["loc"]))
        if each["type"] == "extra_forbidden":
            found.append(f"unknown key {place!r}{_nearest(str(each['loc'][-1]), _known(each['loc'][:-1]))}")
        else:
            found.append(f"{place}: {each['msg'].removeprefix('Value error, ')}")
    return found


def _nearest(wrong: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if near:
        return f" (did you mean {near[0]!r}?)"
    return f"; there are {', '.join(known)}" if known else ""


def _known(location: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = RuleSettings
    for step in location:
        if isinstance(step, str) and step in model.model_fields:
            model = _inner(model.model_fields[step].annotation) or model
    return list(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - annotations have no type of their own
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)
