"""Where the bars of a chart are, in units of its view box. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 360


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its label and value; `x`, `y`, `width`, `height` as SVG takes them."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, the height of the whole, and the value at its upper end."""

    bars: tuple[Bar, ...]
    height: int
    top: int


_ROW, _LABEL_BASE, _BAR_HEIGHT = 36, 20, 10
_COLUMNS_HEIGHT, _COLUMNS_TOP, _GAP = 120, 8, 0.25


def rows(counts: Sequence[tuple[str, int]]) -> Chart:
    """Bars that lie, one under the other, each under its label."""
    top = max((value for _, value in counts), default=0)
    bars = (
        Bar(label, value, 0, number * _ROW + _LABEL_BASE, max(2.0, _share(value, top) * WIDTH), _BAR_HEIGHT)
        for number, (label, value) in enumerate(counts)
    )
    return Chart(tuple(bars), len(counts) * _ROW, top)


def columns(counts: Sequence[tuple[str, int]]) -> Chart:
    """Bars that stand, side by side."""
    top = max((value for _, value in counts), default=0)
    step = WIDTH / max(1, len(counts))
    bars = []
    for number, (label, value) in enumerate(counts):
        height = _share(value, top) * _COLUMNS_HEIGHT
        y = _COLUMNS_TOP + _COLUMNS_HEIGHT - height
        bars.append(
            Bar(label, value, round(number * step, 2), round(y, 2), round(step * (1 - _GAP), 2), round(height, 2))
        )
    return Chart(tuple(bars), _COLUMNS_TOP + _COLUMNS_HEIGHT, top)


def _share(value: int, top: int) -> float:
    return round(value / top, 4) if top else 0.0
