"""How far an undo is, as its forms carry it from page to page. Pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self, get_args
from urllib.parse import parse_qsl, urlencode

from banstream_console.staff.undoing.doing import DonePart, Outcome

BEGAN = "began"
"""The field with when the first page was begun, however often that had to be sent."""

_TOTAL, _MORE, _BEGIN, _SO_FAR = "total", "more", "begin", "so_far"
_LONGEST_NUMBER = 15
_PLACE = re.compile(r"[1-9][0-9]{0,14}|[0-9a-f]{24}")
"""A position of the log, or the id of an infraction."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`total` is how many infractions the preview has counted, all there are or not.

    `begin` is where the next page begins, None of the first one; `began` is when that was done, as it was typed.
    `so_far` is what became of those that are done.
    """

    total: int
    is_all: bool
    begin: str | None = None
    began: str = ""
    so_far: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """What a form carries; what nobody could have written there is left out."""
        told = {name: _number(value) for name, value in parse_qsl(given.get(_SO_FAR, ""))}
        return cls(
            total=_number(given.get(_TOTAL, "")),
            is_all=_MORE not in given,
            begin=begin if _PLACE.fullmatch(begin := given.get(_BEGIN, "")) else None,
            began=given.get(BEGAN, ""),
            so_far=Counter({name: told[name] for name in get_args(Outcome) if told.get(name)}),
        )

    def after(self, part: DonePart) -> "Progress":
        """With one page more."""
        so_far = self.so_far + Counter(each.outcome for each in part.told)
        return Progress(max(self.total, so_far.total()), self.is_all, part.next, self.began, so_far)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """As a form carries it."""
        named = {
            _TOTAL: str(self.total),
            _MORE: "" if self.is_all else "1",
            _BEGIN: self.begin or "",
            BEGAN: self.began,
            _SO_FAR: urlencode(self.so_far),
        }
        return [(name, value) for name, value in named.items() if value]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
