"""What an incident's details prove, in the form in which an infraction shows it. Pure."""

from collections.abc import Mapping
from typing import Any

from banstream_contracts.text import LINE_END

_MOST_LINES = 20
_LONGEST = 3000
_CUT = "…"


def evidence_of(details: Mapping[str, Any] | None) -> str | None:
    """The texts in `evidence`, as many as are shown; None where there are none."""
    given = (details or {}).get("evidence")
    lines = [each.strip() for each in given if isinstance(each, str)] if isinstance(given, list | tuple) else []
    text = LINE_END.join(line for line in lines[:_MOST_LINES] if line)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - len(_CUT)] + _CUT
    return text or None
