"""What a command prints: tables and colours for people, plain lines for pipes, JSON for programs.

Text of others is never markup: everything goes through `visible` into rich's Text.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from banstream_cli.terminal.printable import visible
from banstream_cli.terminal.standard_streams import tell
from banstream_cli.terminal.widths import column_widths


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Rich would end the process by itself; the frame around every command does it once."""
        raise BrokenPipeError


_GAP = 2


Cell = str | Text


def styled(text: str, style: str) -> Text:
    """Text of others in a style of ours."""
    return Text(visible(text), style=style)


def console(*, stderr: bool = False) -> Console:
    """Made when needed: the streams of a test are not those of the start."""
    return _Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=False)


def print_json(content: object) -> None:
    """One document on one line; ASCII, so that no terminal or reader sees control characters or odd line ends."""
    sys.stdout.write(json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n")


def print_plain(text: str) -> None:
    """A line as it is, never wrapped: a secret, a hash, a line of a log."""
    sys.stdout.write(visible(text) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], nothing: str) -> None:
    """A table on a terminal, lines with tabs in a pipe; `nothing` goes to stderr where there are no rows.

    Where the terminal is too narrow for the longest words, each row becomes a block of its own.
    """
    out = console()
    content = [[_text(cell) for cell in row] for row in rows]
    if not content:
        say(nothing)
    elif not out.is_terminal:
        _print_tabbed(columns, content)
    elif widths := _widths(columns, content, out.width):
        out.print(_table(columns, content, widths))
    else:
        _print_blocks(out, columns, content)


def print_facts(facts: Iterable[tuple[str, Cell | None]]) -> None:
    """Names and values below each other; those that are None are left out."""
    out = console()
    known = [(name, _text(value)) for name, value in facts if value is not None]
    if not out.is_terminal:
        for name, value in known:
            sys.stdout.write(f"{name}\t{value.plain}\n")
        return
    out.print(_grid(known))


def print_line(*parts: tuple[str, str]) -> None:
    """One line of `(text, style)` parts; wraps only by the terminal itself, so that it stays one line in a copy."""
    line = Text(" ").join(styled(text, style) for text, style in parts if text)
    console().print(line, soft_wrap=True)


def print_gap() -> None:
    """An empty line between two parts of an answer, where people read it."""
    if (out := console()).is_terminal:
        out.print()


def say(text: str) -> None:
    """A line for people on stderr, so that stdout holds the answer only."""
    tell(f"banstream: {visible(' '.join(text.split()))}")


def _text(cell: Cell) -> Text:
    return Text(visible(cell)) if isinstance(cell, str) else cell


def _table(columns: Sequence[str], rows: Sequence[Sequence[Text]], widths: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold underline")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(Text(column), overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    return table


def _widths(columns: Sequence[str], rows: Sequence[Sequence[Text]], available: int) -> list[int] | None:
    texts = [[column, *(row[number].plain for row in rows)] for number, column in enumerate(columns)]
    return column_widths(texts, available - _GAP * (len(columns) - 1))


def _grid(facts: Iterable[tuple[str, Text]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts:
        grid.add_row(name, value)
    return grid


def _print_blocks(out: Console, columns: Sequence[str], rows: Iterable[Sequence[Text]]) -> None:
    for number, row in enumerate(rows):
        if number:
            out.print()
        out.print(_grid((column, cell) for column, cell in zip(columns, row, strict=True) if cell.plain))


def _print_tabbed(columns: Sequence[str], rows: Iterable[Sequence[Text]]) -> None:
    sys.stdout.write("\t".join(column.upper() for column in columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join(cell.plain for cell in row) + "\n")
