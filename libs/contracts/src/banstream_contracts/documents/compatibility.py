"""Whether a JSON Schema still takes what an earlier one took: contracts change additively (design section 4)."""

from collections.abc import Iterator, Sequence
from typing import Any

from banstream_contracts.documents.schemas import DEFINITIONS, Schema

_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
_ABSENT = object()


def breaks(old: Schema, new: Schema, *, is_sent: bool) -> list[str]:
    """What `old` allowed and `new` does not, in words; empty where every change is an addition.

    `is_sent` says that others read this message: a field they could rely on may then not go missing.
    """
    return list(_Comparison(old, new, is_sent=is_sent).compare("$", old, new))


class _Comparison:
    def __init__(self, old: Schema, new: Schema, *, is_sent: bool) -> None:
        self._old = old.get("$defs", {})
        self._new = new.get("$defs", {})
        self._is_sent = is_sent
        self._compared: set[tuple[str, str]] = set()

    def compare(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """Every alternative of the old schema needs one in the new schema that takes it."""
        references = (old.get("$ref", ""), new.get("$ref", ""))
        if all(references):
            if references in self._compared:
                return
            self._compared.add(references)
        candidates = list(_alternatives(new, self._new))
        for alternative in _alternatives(old, self._old):
            yield from self._best(path, alternative, candidates)

    def _best(self, path: str, old: Schema, candidates: Sequence[Schema]) -> Sequence[str]:
        of_its_type = [each for each in candidates if _covers(each.get("type"), old.get("type"))]
        if not of_its_type:
            return [f"{path}: {old.get('type', 'any value')} is no longer allowed"]
        return min((list(self._alternative(path, old, each)) for each in of_its_type), key=len)

    def _alternative(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        yield from _values(path, old, new)
        yield from _limits(path, old, new)
        yield from self._items(path, old, new)
        yield from self._by_pattern(path, old, new)
        yield from self._properties(path, old, new)

    def _by_pattern(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        """Values under keys of a form; a form that is no longer named is a change of its own."""
        before, after = old.get("patternProperties", {}), new.get("patternProperties", {})
        for pattern, schema in before.items():
            if pattern in after:
                yield from self.compare(f"{path}.*", schema, after[pattern])
            else:
                yield f"{path}: keys like {pattern} were removed"

    def _items(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        for keyword in ("items", "additionalProperties"):
            before, after = old.get(keyword, True), new.get(keyword, True)
            if after is True:
                continue
            if isinstance(before, dict) and isinstance(after, dict):
                yield from self.compare(f"{path}.*", before, after)
            elif before != after and before is not False:
                yield f"{path}: {keyword} became narrower"

    def _properties(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name not in after:
                yield f"{path}.{name} was removed"
                continue
            yield from self.compare(f"{path}.{name}", schema, after[name])
            defaults = schema.get("default", _ABSENT), after[name].get("default", _ABSENT)
            if not _adds_to(*defaults) and name not in _required(old):
                yield f"{path}.{name} has another default"
        yield from (f"{path}.{name} became required" for name in _required(new, but=_required(old)))
        if self._is_sent:
            yield from (f"{path}.{name} may now be missing" for name in _required(old, but=_required(new)))


def _adds_to(before: object, after: object) -> bool:
    """Whether it is the same default; an object may have more in it than before."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(name in after and _adds_to(value, after[name]) for name, value in before.items())
    return before == after


def _alternatives(schema: Schema, definitions: dict[str, Schema]) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _alternatives(definitions[schema["$ref"].removeprefix(DEFINITIONS)], definitions)
    elif options := schema.get("anyOf") or schema.get("oneOf"):
        for option in options:
            yield from _alternatives(option, definitions)
    else:
        yield schema


def _covers(new: str | None, old: str | None) -> bool:
    return new is None or new == old or (new, old) == ("number", "integer")


def _values(path: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return
    if before is None:
        yield f"{path}: only {after} is allowed now"
        return
    yield from (f"{path}: {value!r} is no longer allowed" for value in before if value not in after)


def _limits(path: str, old: Schema, new: Schema) -> Iterator[str]:
    for keyword in (key for key in (*_UPPER, *_LOWER, *_EXACT) if key in new):
        before, after = old.get(keyword), new[keyword]
        fits = before is not None and (
            before <= after if keyword in _UPPER else before >= after if keyword in _LOWER else before == after
        )
        if not fits:
            yield f"{path}: {keyword} is {after} now, was {before}"


def _allowed(schema: Schema) -> Sequence[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _required(schema: Schema, but: Sequence[str] = ()) -> Sequence[str]:
    return [name for name in schema.get("required", ()) if name not in but]
