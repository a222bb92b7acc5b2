"""Progress bars on stderr, where somebody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from banstream_cli.terminal.output import console

_EVERY = 250

Advance = Callable[[int, int | None], None]


@contextmanager
def progress_bar(title: str, total: int | None = None) -> Iterator[Advance]:
    """Call what it gives with the position and, where it is news, the total; often is fine."""
    errors = console(stderr=True)
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=total)
        shown = 0

        def advance(position: int, head: int | None = None) -> None:
            nonlocal shown
            if position - shown >= _EVERY or position == head:
                shown = position
                bar.update(task, completed=position, total=head if head is not None else total)

        yield advance
