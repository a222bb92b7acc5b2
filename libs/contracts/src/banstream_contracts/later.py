"""Answers of a service whose release is later than this one: what cannot be read is named, one thing at a time."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError

from banstream_contracts.faults import in_words


def page_of_readable(page: object, field: str, found: type[BaseModel]) -> object:
    """A page whose items are things `found`, in the `field`; the ids of those that cannot be read stand beside it."""

    def unread(each: object, item: BaseModel | None) -> str | None:
        is_read = item is not None and getattr(item, field) is not None
        return None if is_read else _text(each.get(field) if isinstance(each, Mapping) else None, "id")

    return _page(page, found, unread)


def plain_page_of_readable(page: object, key: str, found: type[BaseModel]) -> object:
    """The same of a page whose items are what was `found` itself; what stands in `key` names it."""
    return _page(page, found, lambda each, item: _text(each, key) if item is None else None)


def found_or_why(answer: object, field: str, model: type[BaseModel]) -> object:
    """An answer with a thing in the `field`; where that cannot be read it is null, and `unreadable` says why."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get(field), Mapping):
        return answer
    try:
        return {**answer, field: model.model_validate(answer[field])}
    except ValidationError as error:
        return {**answer, field: None, "unreadable": in_words(error)}


def _page(page: object, found: type[BaseModel], unread: Callable[[object, BaseModel | None], str | None]) -> object:
    """`unread` names an item that cannot be read; one that nothing names fails the page."""
    if not isinstance(page, Mapping) or not isinstance(page.get("items"), list | tuple):
        return page
    items: list[object] = []
    unreadable = [*page.get("unreadable", ())]
    for each in page["items"]:
        item = _read(each, found)
        name = unread(each, item)
        if name is not None:
            unreadable.append(name)
        else:
            items.append(item or each)
    return {**page, "items": tuple(items), "unreadable": tuple(unreadable)}


def _read(each: object, found: type[BaseModel]) -> BaseModel | None:
    try:
        return found.model_validate(each)
    except ValidationError:
        return None


def _text(thing: object, key: str) -> str | None:
    """Where it is told as it was promised: without it nothing can be named."""
    name = thing.get(key) if isinstance(thing, Mapping) else None
    return name if isinstance(name, str) else None
