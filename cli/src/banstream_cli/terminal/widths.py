"""How wide the columns of a table are: no word is broken, and what is left goes where it is needed.

Rich itself takes width from the widest columns first, in the middle of ids and words where need be.
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len


def column_widths(columns: Sequence[Iterable[str]], available: int) -> list[int] | None:
    """A width for each column (heading and cells); None where the longest words do not fit beside each other."""
    texts = [list(cells) for cells in columns]
    widths = [max((cell_len(word) for text in each for word in text.split()), default=0) for each in texts]
    wanted = [max((cell_len(text) for text in each), default=0) for each in texts]
    left = available - sum(widths)
    if left < 0:
        return None
    waiting = sorted(range(len(widths)), key=lambda column: wanted[column] - widths[column])
    for done, column in enumerate(waiting):
        share = min(wanted[column] - widths[column], left // (len(waiting) - done))
        widths[column] += share
        left -= share
    return widths
