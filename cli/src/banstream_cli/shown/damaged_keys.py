"""What is said of persons whose key does not open what a log keeps locked of them."""

from collections.abc import Mapping

_NAMED = 5


def complaint(log: str, not_opened: Mapping[str, int]) -> str:
    """Of a log by its name, and of those persons with the first position that does not open."""
    some = ", ".join(f"{person} (position {position})" for person, position in [*not_opened.items()][:_NAMED])
    more = f" and {len(not_opened) - _NAMED} more (--json names all)" if len(not_opened) > _NAMED else ""
    return (
        f"{log}: what is locked does not open of {some}{more}: put these keys back (docs/operations.md, Damaged keys)"
    )
