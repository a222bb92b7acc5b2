"""A policy as a form, and back. Pure."""

import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.durations import PERMANENT, seconds_of, written
from banstream_contracts.infractions import Severity
from banstream_contracts.policies import Policy

THRESHOLDS = ("warn", "kick", "ban")

_WEIGHT = re.compile(r"([a-z0-9_]{1,64})\s*[=:]\s*([0-9]{1,9})")
_CHECKS = ("auto_kick", "auto_ban", "shadow")

Given = Mapping[str, Sequence[str]]


def form_of(policy: Policy) -> dict[str, list[str]]:
    """The fields of a form that says what a policy says."""
    form = {
        "name": policy.name or "",
        "servers": "\n".join(policy.servers),
        **{name: str(getattr(policy.thresholds, name) or "") for name in THRESHOLDS},
        "ban_duration": written(policy.ban_duration_seconds) or PERMANENT,
        "ban_scope": policy.ban_scope.value,
        "reset_after": written(policy.reset_after_seconds),
        "weights": "\n".join(f"{reason} = {weight}" for reason, weight in sorted(policy.weights.items())),
        "coalesce_seconds": f"{policy.coalesce_seconds:g}",
        "reasons": " ".join(policy.reasons),
    }
    for severity, at_once in policy.severities.items():
        form[f"at_once_{severity}"] = written(at_once.ban_duration_seconds) or PERMANENT
        form |= {f"review_{severity}": "on"} if at_once.review else {}
    return {name: [value] for name, value in (form | {each: "on" for each in _CHECKS if getattr(policy, each)}).items()}


def policy_of(form: Given) -> Policy:
    """What a form says. Raises Unfit, which names every field that is wrong."""
    problems: dict[str, str] = {}
    values = {
        "name": _first(form, "name") or None,
        "servers": _words(form, "servers"),
        "thresholds": {name: _whole(form, name, problems) for name in THRESHOLDS},
        **{name: name in form for name in _CHECKS},
        "ban_duration_seconds": _ban_seconds(form, "ban_duration", problems),
        "ban_scope": _first(form, "ban_scope"),
        "reset_after_seconds": _seconds(form, "reset_after", problems),
        "weights": _weights(_first(form, "weights"), problems),
        "coalesce_seconds": _first(form, "coalesce_seconds") or "0",
        "reasons": _words(form, "reasons"),
        "severities": {
            severity: {
                "ban_duration_seconds": _ban_seconds(form, name, problems),
                "review": f"review_{severity}" in form,
            }
            for severity in Severity
            if _first(form, name := f"at_once_{severity}")
        },
    }
    try:
        policy = Policy.model_validate(values)
    except ValidationError as error:
        raise Unfit({**{_field(path): what for path, what in wrongs_of(error).items()}, **problems}) from None
    if problems:
        raise Unfit(problems)
    return policy


def _field(path: str) -> str:
    """The field of the form behind a field of the policy."""
    parts = path.split(".")
    if parts[0] == "thresholds" and len(parts) > 1:
        return parts[1]
    return parts[0].removesuffix("_seconds") if parts[0] != "coalesce_seconds" else parts[0]


def _first(form: Given, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()


def _words(form: Given, name: str) -> list[str]:
    """Each once."""
    return list(dict.fromkeys(_first(form, name).replace(",", " ").split()))


def _whole(form: Given, name: str, problems: dict[str, str]) -> int | None:
    """A number; empty is never. What is wrong goes to the problems, here and below."""
    given = _first(form, name)
    if given and not (given.isascii() and given.isdigit() and len(given) < 10):  # noqa: PLR2004 - a million fits
        problems[name] = Wrong("whole-or-never")
        return None
    return int(given) if given else None


def _seconds(form: Given, name: str, problems: dict[str, str]) -> int | None:
    given = _first(form, name)
    try:
        return seconds_of(given, name) if given else None
    except Unfit as problem:
        problems |= problem.fields
        return None


def _ban_seconds(form: Given, name: str, problems: dict[str, str]) -> int | None:
    if not _first(form, name):
        problems[name] = Wrong("duration-or-permanent")
    return None if _first(form, name) == PERMANENT else _seconds(form, name, problems)


def _weights(text: str, problems: dict[str, str]) -> dict[str, int]:
    weights: dict[str, int] = {}
    for line in filter(None, (each.strip() for each in re.split(r"[\r\n,]+", text))):
        found = _WEIGHT.fullmatch(line)
        if found is None:
            problems["weights"] = Wrong("weights")
        else:
            weights[found[1]] = int(found[2])
    return weights
