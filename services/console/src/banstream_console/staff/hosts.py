"""Places on hosts of game servers as forms: what each way to reach one has, and what opens it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.acting import several_of
from banstream_contracts.text import Name, control_character
from banstream_privacy.transit import seal

Given = Mapping[str, Sequence[str]]
Wrongs = dict[str, str]
"""By field what is wrong with it."""
Choice = TypeVar("Choice", bound=StrEnum)

REMOTE = frozenset({"host", "port", "user", "secret"})
"""What every login has."""
FTPS = REMOTE | {"any_certificate"}
SFTP = REMOTE | {"fingerprint", "private_key"}

_WRITTEN = ("host", "user", "path", "folder")


class _Named(BaseModel):
    name: Name


@dataclass(frozen=True, slots=True)
class Ways:
    """The fields that each kind of place has; `needed` where it has them; how long what opens it may be."""

    of_kind: Mapping[str, frozenset[str]]
    needed: frozenset[str]
    longest: Mapping[str, int]

    def given(self, form: Given) -> dict[str, str]:
        """What is filled in of all that any kind has."""
        every = frozenset().union(*self.of_kind.values())
        return {name: text for name in every if (text := first(form, name))}

    def faults(self, form: Given, kind: str) -> Wrongs:
        """Fields that the kind has not, that it needs, or that no host is reached by."""
        given, own = self.given(form), self.of_kind[kind]
        faults: Wrongs = {name: Wrong("file-not-of-kind") for name in given.keys() - own}
        faults |= {name: Wrong("needed") for name in (self.needed & own) - given.keys()}
        faults |= {name: Wrong("control-some") for name in _WRITTEN if control_character(given.get(name, ""))}
        if any(sign in given.get("host", "") for sign in "/@ "):
            faults["host"] = Wrong("file-host")
        return faults

    def opening(self, form: Given, kind: str, wrongs: Wrongs, *, is_needed: bool) -> dict[str, str]:
        """What opens the place, by field; `wrongs` is told what is wrong with it."""
        own = self.of_kind[kind]
        given = {name: text for name in self.longest if name in own and (text := first(form, name))}
        for name, text in given.items():
            if len(text) > self.longest[name]:
                wrongs[name] = Wrong("long", limit=self.longest[name])
            elif name != "private_key" and control_character(text):
                wrongs[name] = Wrong("control-some")
        if is_needed and not given and "secret" in own:
            wrongs["secret"] = Wrong("needed")
        return {name: text.replace("\r\n", "\n") for name, text in given.items()}


def first(form: Given, name: str) -> str:
    """A field; empty where it was not sent."""
    return next(iter(form.get(name, ())), "")


def chosen(form: Given, name: str, kinds: type[Choice], wrongs: Wrongs) -> Choice | None:
    """One of the choices."""
    try:
        return kinds(first(form, name))
    except ValueError:
        wrongs[name] = Wrong("choice")
        return None


def name_in(form: Given, wrongs: Wrongs) -> str:
    """What somebody calls the place."""
    try:
        return _Named(name=first(form, "name")).name
    except ValidationError as error:
        wrongs |= wrongs_of(error)
        return ""


async def typed(request: web.Request, *as_typed: str) -> Given:
    """The fields of a form; of those that are named, blanks at an end stay, as they may be part of them."""
    form, raw = await several_of(request), await request.post()
    return {**form, **{name: [value] for name in as_typed if isinstance(value := raw.get(name), str)}}


def sealed(secret: str | None, key: str, setting: str) -> str | None:
    """Only the service whose key it is opens it. Raises Unfit where this console was not told the key."""
    if secret is None:
        return None
    if not key:
        raise Unfit({"secret": Wrong("no-key", key=setting)})
    return seal(bytes.fromhex(key), secret)
