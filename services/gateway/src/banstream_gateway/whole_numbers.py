"""Whole numbers as some writers of JSON write them: to JSON Schema 60.0 and 6e1 are the integer 60. Pure.

Lua knows one kind of number, and so does JavaScript. Only what was refused is looked at: who writes integers as such
is read as fast as ever.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)

_NO_INTEGER = "int_type"
_MOST_FAULTS = 2000
"""Of a body with more than these nothing is mended: to tell of each takes longer than to find it."""

_LARGEST = 2.0**53
"""Beyond it a float stands for several whole numbers, and nobody knows which one was meant."""


def validated(model: type[Model], content: Any) -> Model:  # noqa: ANN401 - as JSON says it
    """Read JSON values into a model; whole floats become integers in `content` where it has these.

    Raises ValidationError.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        if not _mended(content, error):
            raise
    return model.model_validate(content)


def _mended(content: Any, error: ValidationError) -> bool:  # noqa: ANN401 - as JSON says it
    """Whether one of the faults was nothing but a whole number in another spelling; it is in ours now."""
    if error.error_count() > _MOST_FAULTS:
        return False
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    tried = [_is_made_whole(content, each["loc"]) for each in faults if each["type"] == _NO_INTEGER]
    return any(tried)


def _is_made_whole(content: Any, place: tuple[int | str, ...]) -> bool:  # noqa: ANN401 - as JSON says it
    """Go to a place. Steps that lead nowhere name an alternative of a type, not a part of the content."""
    for step in place:
        inside = _inside(content, step)
        if isinstance(inside, float):
            if not inside.is_integer() or abs(inside) > _LARGEST:
                return False
            content[step] = int(inside)
            return True
        content = content if inside is None else inside
    return False


def _inside(content: Any, step: int | str) -> Any:  # noqa: ANN401 - as JSON says it
    match content:
        case dict():
            return content.get(step)
        case list() if isinstance(step, int) and step < len(content):
            return content[step]
        case _:
            return None
