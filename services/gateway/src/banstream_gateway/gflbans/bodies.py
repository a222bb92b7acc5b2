"""What clients send, read as laxly as GFLBans does: `"60"` and 60.7 are the number 60, unknown fields are ignored.

Null is as good as absent everywhere. What cannot be read is answered 422 (facts gflbans 1.1).
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar, cast

from banstream_contracts.text import blank_control_characters
from banstream_gateway.bodies import Bodies
from banstream_gateway.endpoints import Call
from banstream_gateway.gflbans.errors import UNPROCESSABLE, Rejected, unprocessable

LONGEST_REASON = 280
_TRUE = frozenset({"true", "1", "on", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "off", "no", "f", "n"})
_LARGEST = 2**63 - 1
_LONGEST_NUMBER = 32

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an object in a body, or of a query. `where` names the object in errors, as in `player.`."""

    values: Mapping[str, object]
    where: str = ""

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.values.get(name) is not None

    def text(self, name: str, longest: int | None = None) -> str | None:
        """A text of at least one character; a number counts as its digits. Raises Rejected."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(name, "is no text")
        text = value if isinstance(value, str) else str(value)
        if not text:
            raise self.wrong(name, "is empty")
        if longest is not None and len(text) > longest:
            raise self.wrong(name, f"has more than {longest} characters")
        return text

    def shown(self, name: str, longest: int = LONGEST_REASON) -> str | None:
        """A text that people read: a line break or another control character becomes a blank. Raises Rejected."""
        text = self.text(name, longest)
        return None if text is None else blank_control_characters(text)

    def needed(self, name: str, longest: int = LONGEST_REASON) -> str:
        """A text that people read and that has to be there. Raises Rejected."""
        text = self.shown(name, longest)
        if text is None:
            raise self.wrong(name, "is missing")
        return text

    def whole(self, name: str, least: int = 1) -> int | None:
        """A whole number; a fraction is cut off. Raises Rejected."""
        value = self.values.get(name)
        if value is None:
            return None
        number = _whole(value)
        if number is None:
            raise self.wrong(name, "is no whole number")
        if not least <= number <= _LARGEST:
            raise self.wrong(name, f"is not between {least} and {_LARGEST}")
        return number

    def truth(self, name: str, *, default: bool) -> bool:
        """True or false, in any of the words for it. Raises Rejected."""
        value = self.values.get(name)
        if value is None:
            return default
        word = _word(value)
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise self.wrong(name, "is neither true nor false")

    def nested(self, name: str) -> "Fields | None":
        """An object inside. Raises Rejected."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.wrong(name, "is no object")
        return Fields(cast("dict[str, object]", value), f"{self.where}{name}.")

    def listed(self, name: str, most: int = 100) -> list[object] | None:
        """A list. Raises Rejected."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise self.wrong(name, "is no list")
        if len(value) > most:
            raise self.wrong(name, f"has more than {most} entries")
        return value

    def objects(self, name: str, most: int = 100) -> "Iterator[Fields] | None":
        """A list of objects. Raises Rejected, for an entry that is none when it is reached."""
        found = self.listed(name, most)
        return None if found is None else self._entries(name, found)

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """One word of several. Raises Rejected."""
        value = self.values.get(name)
        return None if value is None else self._chosen(name, value, choices)

    def choices(self, name: str, choices: type[Choice]) -> tuple[Choice, ...] | None:
        """A list of such words. Raises Rejected."""
        found = self.listed(name)
        return None if found is None else tuple(self._chosen(name, value, choices) for value in found)

    def wrong(self, name: str, message: str) -> Rejected:
        """What to raise for a field."""
        return unprocessable(f"{self.where}{name}", message)

    def _entries(self, name: str, found: list[object]) -> Iterator["Fields"]:
        for index, value in enumerate(found):
            if not isinstance(value, dict):
                raise self.wrong(f"{name}.{index}", "is no object")
            yield Fields(cast("dict[str, object]", value), f"{self.where}{name}.{index}.")

    def _chosen(self, name: str, value: object, choices: type[Choice]) -> Choice:
        found = next((choice for choice in choices if choice == value), None)
        if found is None:
            raise self.wrong(name, f"is one of {', '.join(choices)}")
        return found


async def read_body(call: Call, bodies: Bodies | None = None) -> Fields:
    """The fields of a body, which makes the call's fingerprint. `bodies` reads one that may be larger than others.

    Raises Rejected, Malformed, UnsupportedMedia, TooLarge or TooSlow.
    """
    content = await (bodies or call.gateway.bodies).json(call.request, refuse_duplicates=False)
    if not isinstance(content, dict):
        raise Rejected(UNPROCESSABLE, "The body is no JSON object")
    try:
        call.body = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    except RecursionError:
        raise Rejected(UNPROCESSABLE, "The body is nested too deeply") from None
    return Fields(content)


def read_query(call: Call) -> Fields:
    """The fields of a query that hold something; of one that comes twice the first."""
    query = call.request.query
    return Fields({name: query[name] for name in query if query[name]})


def _word(value: object) -> str:
    """What may stand for true or false; Lua may write a number with a point."""
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case bool() | int() | str():
            return str(value).lower()
        case _:
            return ""


def _whole(value: object) -> int | None:
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return int(value) if math.isfinite(value) else None
        case str() if len(value) <= _LONGEST_NUMBER:
            try:
                return int(value)
            except ValueError:
                return None
        case _:
            return None
