"""A face for each name, made of pixels: the same name always looks the same. Pure."""

from dataclasses import dataclass
from hashlib import blake2b

SIDE = 9
COLOURS = 8
_HALF = SIDE // 2 + 1
_EYE_ROW = 3


@dataclass(frozen=True, slots=True)
class Portrait:
    """`pixels` are filled squares `(x, y)` of a grid of `SIDE`, `eyes` two of them; `colour` is one of `COLOURS`."""

    pixels: tuple[tuple[int, int], ...]
    eyes: tuple[tuple[int, int], ...]
    colour: int


def portrait(name: str | None) -> Portrait:
    """Symmetrical, with a solid middle and two eyes, so that it is always somebody."""
    digest = blake2b((name or "").encode("utf-8", "replace"), digest_size=16).digest()
    bits = int.from_bytes(digest[:8])
    eye = 2 + digest[8] % 2
    left = {
        (x, y)
        for y in range(SIDE)
        for x in range(_HALF)
        if _is_body(x, y) or ((x > 0 or y > 1) and bits >> (y * _HALF + x) & 1)
    }
    pixels = left | {(SIDE - 1 - x, y) for x, y in left}
    eyes = ((eye, _EYE_ROW), (SIDE - 1 - eye, _EYE_ROW))
    return Portrait(tuple(sorted(pixels - set(eyes))), eyes, digest[9] % COLOURS)


def _is_body(x: int, y: int) -> bool:
    return x >= 2 and 2 <= y <= 6  # noqa: PLR2004 - the middle of the grid
