"""Long text of others, cut. Pure."""

CUT = "…"


def cut(text: str, limit: int) -> str:
    """At most so many characters; the last one says that there were more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + CUT
