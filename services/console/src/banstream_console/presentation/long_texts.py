"""Texts that people wrote: cut to a length, and line by line. Pure."""

from banstream_contracts.text import LINE_END

CUT = "…"


def cut(text: str, limit: int) -> str:
    """At most so many characters; the last one says that there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT


def lines_of(text: str) -> list[str]:
    """What was said, line by line as it was typed."""
    return [line for line in text.split(LINE_END) if line.strip()]
