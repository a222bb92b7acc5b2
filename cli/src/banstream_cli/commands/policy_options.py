"""The options of `policy set`, each for a key of a policy."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from banstream_cli.arguments.times import PERMANENT, parse_duration
from banstream_contracts.infractions import Scope, Severity

NEVER = "never"
_NONE, _REVIEW = "none", "review"

Limit = Annotated[str | None, typer.Option(metavar="N", help="At which count; never: not at all.")]
AutoKick = Annotated[bool | None, typer.Option("--auto-kick/--no-auto-kick", help="Whether it kicks by itself.")]
AutoBan = Annotated[bool | None, typer.Option("--auto-ban/--no-auto-ban", help="Whether it bans by itself, or asks.")]
BanFor = Annotated[str | None, typer.Option("--ban-for", metavar="TIME", help="7d, 12h, … or permanent.")]
Where = Annotated[Scope | None, typer.Option("--ban-scope", help="Where its bans hold.")]
ResetAfter = Annotated[str | None, typer.Option("--reset-after", metavar="TIME", help="Of quiet: 7d, 12h, … or never.")]
Coalesce = Annotated[float | None, typer.Option("--coalesce", metavar="SECONDS", help="Of one reason that are one.")]
Reasons = Annotated[list[str] | None, typer.Option("--allow", metavar="REASON", help="Besides the known ones, or any.")]
Servers = Annotated[list[str] | None, typer.Option("--server", metavar="ID", help="It holds for these.")]
Name = Annotated[str | None, typer.Option(help="What it is shown as.")]
Severities = Annotated[
    list[str] | None,
    typer.Option(
        "--severity", metavar="SEVERITY=TIME", help="Bans at once: critical=permanent, high=7d+review, or none."
    ),
]
Shadow = Annotated[bool | None, typer.Option("--shadow/--no-shadow", help="Report what it would do, and do nothing.")]


def changes_of(
    *,
    thresholds: Mapping[str, str | None],
    durations: Mapping[str, str | None],
    weights: Iterable[str] | None,
    severities: Iterable[str] | None = None,
    **others: object,
) -> dict[str, Any]:
    """The keys that were named, with their values. Raises ValueError."""
    changes = {name: value for name, value in others.items() if value is not None}
    limits = {name: _limit(name, text) for name, text in thresholds.items() if text is not None}
    times = {name: _seconds(text) for name, text in durations.items() if text is not None}
    weighed = {"weights": dict(_weight(text) for text in weights)} if weights else {}
    graded = {"severities": _severities(severities)} if severities else {}
    return {**changes, **({"thresholds": limits} if limits else {}), **times, **weighed, **graded}


def _limit(name: str, text: str) -> int | None:
    if text == NEVER:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"--{name} is a count or {NEVER}, not {text!r}")
    return int(text)


def _seconds(text: str) -> int | None:
    return None if text in {NEVER, PERMANENT} else parse_duration(text)


def _weight(text: str) -> tuple[str, int]:
    reason, _, number = text.partition("=")
    if not (number.isascii() and number.isdecimal()):
        raise ValueError(f"--weight is REASON=N, for example aimbot=3, not {text!r}")
    return reason, int(number)


def _severities(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """All of them are replaced; `none` alone leaves no severity that bans at once."""
    given = list(texts)
    return {} if given == [_NONE] else dict(_severity(text) for text in given)


def _severity(text: str) -> tuple[str, dict[str, Any]]:
    severity, _, rule = text.partition("=")
    lasting, _, review = rule.partition("+")
    if severity not in set(Severity) or review not in {"", _REVIEW}:
        raise ValueError(f"--severity is SEVERITY=TIME, for example critical=permanent or high=7d+review, not {text!r}")
    return severity, {"ban_duration_seconds": _seconds(lasting), "review": review == _REVIEW}
