"""Which pieces of a ban file are ours, and which are kept, changed, dropped or added. Pure.

A piece is a line, or an element of a JSON array. It is ours when it has the exact form that we write and its key is
one we have written before (`owned`) or want now; in formats without room for a mark only the former counts, so
that a line somebody else wrote is never taken for ours.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Found:
    """A piece in a form of ours: the id it bans, and all it says in a form that survives rewriting by the game."""

    key: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Desired:
    """A piece that should be there."""

    found: Found
    text: str


class Fate(Enum):
    """What becomes of a piece that is left as it is, or taken out."""

    KEPT = "kept"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Edit:
    """What to do: for each piece its fate or its new text, and the texts to add at the end.

    `own` maps the keys of our pieces after the edit to their meaning; `covered` are wanted keys that somebody
    else's piece bans already; `orphans` bear our mark, but are neither wanted nor remembered, and stay.
    """

    fates: tuple[Fate | str, ...]
    added: tuple[str, ...]
    own: Mapping[str, str]
    covered: tuple[str, ...]
    orphans: tuple[str, ...]


def own_pieces(
    found: Sequence[Found | None], owned: Collection[str], wanted: Collection[str], *, has_mark: bool
) -> dict[str, list[int]]:
    """The indexes of our pieces by key; without a mark only the last of equal ones is ours."""
    own: dict[str, list[int]] = {}
    for index, piece in enumerate(found):
        if piece is not None and (piece.key in owned or (has_mark and piece.key in wanted)):
            own.setdefault(piece.key, []).append(index)
    return own if has_mark else {key: indexes[-1:] for key, indexes in own.items()}


def edited(
    found: Sequence[Found | None],
    desired: Mapping[str, Desired],
    owned: Collection[str],
    untouched: Collection[str],
    *,
    has_mark: bool,
) -> Edit:
    """The smallest change that makes the file say what is desired; pieces with `untouched` keys stay as they are."""
    own = own_pieces(found, owned, desired, has_mark=has_mark)
    fates: list[Fate | str] = [Fate.KEPT] * len(found)
    for key, indexes in own.items():
        if key in untouched and key in desired:
            continue
        for index in indexes:
            fates[index] = Fate.DROPPED
        if key in desired:
            fates[indexes[0]] = _fate(found[indexes[0]], desired[key])
    taken = {piece.key for piece in found if piece is not None}
    missing = [key for key in desired if key not in own and key not in untouched]
    added = dict.fromkeys(key for key in missing if has_mark or key not in taken)
    return Edit(
        tuple(fates),
        tuple(desired[key].text for key in added),
        {key: desired[key].found.meaning for key in desired if key in own or key in added},
        tuple(key for key in missing if key not in added),
        tuple(sorted(taken - own.keys())) if has_mark else (),
    )


def _fate(found: Found | None, desired: Desired) -> Fate | str:
    return Fate.KEPT if found is not None and found.meaning == desired.found.meaning else desired.text
