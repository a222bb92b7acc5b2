"""Lists: what an address asks for, the question that follows from it, and its answer or why there is none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, ValidationError

from banstream_console.problems.exceptions import Away, Problem, Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.players_named import player_named
from banstream_console.web.site import site_of
from banstream_contracts.players import Player
from banstream_contracts.text import control_character

PAGE_LENGTH = 50
ID, PLACE, HASH, MOMENT_AND_ID = r"[0-9a-f]{24}", r"[0-9]{1,18}", r"[0-9a-f]{64}", r"-?[0-9]{1,17}-[0-9a-f]{24}"
"""What the cursors of lists are: a pattern for `Filters.cursor`."""
_LONGEST = 300

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Filters:
    """The parameters of a list as they were given, but for empty ones."""

    path: str
    given: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """One of them; None where it was not given."""
        return self.given.get(name)

    def cursor(self, pattern: str) -> str | None:
        """Where the page before ended. Raises Unfit for what no page gives: services would begin anew, or end."""
        given = self.given.get("cursor")
        if given is not None and not re.fullmatch(pattern, given):
            raise Unfit({"cursor": Wrong("cursor")})
        return given

    def address(self, **changed: str | None) -> str:
        """The same list with some parameters changed, or left out where they are None."""
        named = {name: value for name, value in {**self.given, **changed}.items() if value is not None}
        return f"{self.path}?{urlencode(named)}" if named else self.path

    def newest(self) -> str | None:
        """The first page of the same list; None on it."""
        return self.address(cursor=None) if "cursor" in self.given else None

    def older(self, following: str | int | None) -> str | None:
        """The page after; None on the last."""
        return self.address(cursor=str(following)) if following is not None else None


@dataclass(frozen=True, slots=True)
class Told(Generic[Answer]):
    """An answer, or the problem that stands in its place."""

    answer: Answer | None = None
    problem: Problem | None = None

    @property
    def status(self) -> int:
        """Of HTTP."""
        return self.problem.status if self.problem else 200

    @property
    def content(self) -> dict[str, Any]:
        """For a template."""
        fields = self.problem.fields if isinstance(self.problem, Unfit) else {}
        return {"page": self.answer, "problem": self.problem, "fields": fields}


def filters_of(request: web.Request, *names: str) -> Filters:
    """The named parameters and the cursor, trimmed and cut; one that may not travel is left out, but for the cursor."""
    found = {name: request.query.get(name, "").strip()[:_LONGEST] for name in (*names, "cursor")}
    given = {name: value for name, value in found.items() if value and (name == "cursor" or clean(value))}
    return Filters(request.rel_url.raw_path, given)


def clean(text: str) -> bool:
    """Whether a text may travel."""
    return control_character(text) is None


def player_in(filters: Filters) -> Player | None:
    """The player of the parameter `player`, such as `steam:7656…`. Raises Unfit."""
    given = filters.get("player")
    return read_player(given) if given else None


def read_player(text: str, field: str = "player") -> Player:
    """Whom somebody typed. Raises Unfit."""
    try:
        return player_named(text)
    except ValidationError as error:
        raise Unfit({field: next(iter(wrongs_of(error).values()))}) from None
    except ValueError:
        raise Unfit({field: Wrong("player")}) from None


async def told(
    request: web.Request, subject: str, question: Callable[[], BaseModel], answer: type[Answer]
) -> Told[Answer]:
    """What a service answers; parameters that mean nothing and a service that is away are told on the page."""
    try:
        asked = question()
    except ValidationError as error:
        return Told(problem=Unfit(wrongs_of(error)))
    except Unfit as problem:
        return Told(problem=problem)
    try:
        return Told(await site_of(request).staff.questions.ask(subject, asked, answer))
    except Away as problem:
        return Told(problem=problem)
