"""One line of a benchmark: what was measured, its control, and the goal."""

from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

TOLERANCE = 0.2
"""A goal is missed when the figure is off by more than this: machines are noisy."""
_COLOURS = {"ok": "green", "missed": "red"}


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal` is about `ratio` where there is one, else about `value`; None is a figure for information.

    `of_value`: the goal is about the value though there is a control, which then says how much of it is possible here.
    """

    what: str
    unit: str
    value: float
    control: float | None = None
    goal: float | None = None
    at_most: bool = False
    note: str = ""
    of_value: bool = False

    @property
    def ratio(self) -> float | None:
        """Figure by control."""
        return self.value / self.control if self.control else None

    @property
    def is_about_ratio(self) -> bool:
        """Whether the goal is about the ratio."""
        return self.ratio is not None and not self.of_value

    @property
    def missed(self) -> bool:
        """Whether the goal is missed beyond the tolerance."""
        return not self._reaches(TOLERANCE)

    @property
    def verdict(self) -> str:
        """`ok` only where the goal itself is reached; empty without a goal."""
        if self.goal is None:
            return ""
        if self._reaches(0):
            return "ok"
        return "missed" if self.missed else f"within {TOLERANCE:.0%}"

    @property
    def goal_text(self) -> str:
        """The goal with its direction and unit."""
        if self.goal is None:
            return ""
        unit = "" if self.is_about_ratio else f" {self.unit}"
        return f"{'≤' if self.at_most else '≥'} {self.goal:g}{unit}"

    def _reaches(self, tolerance: float) -> bool:
        if self.goal is None:
            return True
        reached = self.ratio if self.ratio is not None and self.is_about_ratio else self.value
        return reached <= self.goal * (1 + tolerance) if self.at_most else reached >= self.goal * (1 - tolerance)

    def as_json(self) -> dict[str, object]:
        """For --json."""
        return {**asdict(self), "ratio": self.ratio, "missed": self.missed}


def show(figures: list[Figure]) -> None:
    """A table on the terminal."""
    table = Table("what", "figure", "control", "ratio", "goal", "", title="banstream benchmarks")
    for each in figures:
        table.add_row(
            each.what,
            f"{each.value:,.2f} {each.unit}",
            "" if each.control is None else f"{each.control:,.2f} {each.unit}",
            "" if each.ratio is None else f"{each.ratio:.2f}",
            each.goal_text,
            f"[{_COLOURS.get(each.verdict, 'yellow')}]{each.verdict}[/]",
        )
    console = Console(width=max(100, Console().width))
    console.print(table)
    for each in figures:
        if each.note:
            console.print(f"[dim]{each.what}: {each.note}[/dim]", soft_wrap=True)
