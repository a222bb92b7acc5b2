"""Answers of a service whose release is later than this one: what cannot be read is named, one thing at a time."""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from banstream_contracts.faults import in_words


def page_of_readable(page: object, field: str, found: type[BaseModel]) -> object:
    """A page whose items are things `found`, in the `field`; the ids of those that cannot be read stand beside it."""
    if not isinstance(page, Mapping) or not isinstance(page.get("items"), list | tuple):
        return page
    items: list[object] = []
    unreadable = [*page.get("unreadable", ())]
    for each in page["items"]:
        item, name = _read(each, found), _id_of(each, field)
        if name is not None and (item is None or getattr(item, field) is None):
            unreadable.append(name)
        else:
            items.append(item or each)
    return {**page, "items": tuple(items), "unreadable": tuple(unreadable)}


def found_or_why(answer: object, field: str, model: type[BaseModel]) -> object:
    """An answer with a thing in the `field`; where that cannot be read it is null, and `unreadable` says why."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get(field), Mapping):
        return answer
    try:
        return {**answer, field: model.model_validate(answer[field])}
    except ValidationError as error:
        return {**answer, field: None, "unreadable": in_words(error)}


def _read(each: object, found: type[BaseModel]) -> BaseModel | None:
    try:
        return found.model_validate(each)
    except ValidationError:
        return None


def _id_of(each: object, field: str) -> str | None:
    """Where it is told as it was promised: without it nothing can be named."""
    thing = each.get(field) if isinstance(each, Mapping) else None
    name = thing.get("id") if isinstance(thing, Mapping) else None
    return name if isinstance(name, str) else None
