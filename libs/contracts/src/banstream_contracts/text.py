"""Text as it may travel on the bus: bounded, and free of control characters.

Invariant 9: a control character in a name or reason reaches server consoles, ban files and terminals.
One plugin in the field feeds names raw into a server console, so a line break is a command there.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def control_character(text: str) -> str | None:
    """The first character that must not travel, or None.

    C0, DEL, C1, line and paragraph separators, and lone surrogates, which no UTF-8 can carry.
    """
    if text.isprintable():  # which says so of nearly all text, at a fraction of the cost
        return None
    found = _FORBIDDEN.search(text)
    return found[0] if found else None


def blank_control_characters(text: str) -> str:
    """The same text with a blank for each forbidden character, for legacy plugins that cannot handle an error."""
    return text if text.isprintable() else _FORBIDDEN.sub(" ", text)


def _refuse_control_characters(text: str) -> str:
    found = control_character(text)
    if found is not None:
        raise ValueError(f"holds the control character U+{ord(found):04X} at index {text.index(found)}")
    return text


_clean = AfterValidator(_refuse_control_characters)

Name = Annotated[str, StringConstraints(min_length=1, max_length=128), _clean]
"""What a player, server, token or person is shown as."""

ActorId = Annotated[str, StringConstraints(min_length=1, max_length=64), _clean]
"""The id of a server, token, person or part of banstream."""

Reason = Annotated[str, StringConstraints(min_length=1, max_length=1024), _clean]
"""Public: the player reads it."""

Note = Annotated[str, StringConstraints(max_length=4096), _clean]
"""Private: staff read it, it never travels on EVENTS."""

Comment = Annotated[str, StringConstraints(min_length=1, max_length=2000), _clean]
"""What staff say to each other about a request for review: private, it never travels on EVENTS."""

Evidence = Annotated[str, StringConstraints(max_length=10_000), _clean]
"""A link, a log line, a description of what was seen."""

Category = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""`aimbot`, `lag_machine`, …: open, so that operators may add their own."""

ShortId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
"""24 hex digits, time-ordered: SourceMod plugins keep ids in char[32] (facts gflbans 0.6)."""

KeyHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a server key or token, or HMAC-SHA-256 of an address, in hex."""

LINE_END = " ⏎ "
"""Between the lines of evidence, where no control character may travel."""

AbuseReason = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
"""What a game server or a detector saw: `speed_hack`, `aimbot`, …; which ones count is a matter of policy."""

PolicyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""An operator's own name for a policy; `default` holds wherever no other does."""

ReportedId = Annotated[str, StringConstraints(min_length=1, max_length=128), _clean]
"""An id that a game server gave: of an incident, of a session."""

SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
"""What an operator calls a system that infractions are imported from: `sourcebans`, `old-server.example`."""

RowId = Annotated[str, StringConstraints(min_length=1, max_length=128), _clean]
"""What an infraction is known by in the system that it is imported from."""

Message = Annotated[str, StringConstraints(min_length=1, max_length=1024), _clean]
"""Shown to players in the game."""
