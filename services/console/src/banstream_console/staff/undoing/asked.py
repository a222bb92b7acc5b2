"""What the form of an undo says: whose doing from when until when, or which import, and why. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.acting import on_one_line
from banstream_console.staff.moments import read_moment
from banstream_contracts.accounts import AccountEntry
from banstream_contracts.queries.undoing import Doer
from banstream_contracts.text import Reason, ShortId
from banstream_edge.undoing import CLOCKS_DIFFER, doer_of

UNTIL = "until"
"""The field that a preview fixes: what is done after it is not looked at."""
FIELDS = ("by", "done_since", "done_until", "reason")
"""What is typed; times are of the site's zone."""

IMPORT = "import:"
"""What the name of an import begins with; a whole one is taken back, whenever it was."""

_PERSON = "person:"
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Doings:
    """What somebody did from one moment until another."""

    doer: Doer
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """All that an import brought."""

    import_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`name` is whose doing it was, as pages say it."""

    what: Doings | Brought
    name: str
    reason: str


class _Import(BaseModel):
    import_id: ShortId


class _Why(BaseModel):
    reason: Reason


def read_asked(given: Mapping[str, str], accounts: Iterable[AccountEntry], zone: ZoneInfo, now: datetime) -> Asked:
    """The whole form; without an end until `now`. Raises Unfit for all that is wrong at once."""
    problems: dict[str, str] = {}
    by = given.get("by", "")
    what: Doings | Brought | None
    if by.startswith(IMPORT):
        what, name = _tried(problems, lambda: _brought(by)), by
    else:
        what, name = _doings(problems, given, tuple(accounts), zone, now)
    reason = _tried(problems, lambda: _reason(given.get("reason", "")))
    if problems or not (what and reason):
        raise Unfit(problems)
    return Asked(what, name, reason)


def _brought(text: str) -> Brought:
    try:
        return Brought(_Import(import_id=text.removeprefix(IMPORT)).import_id)
    except ValidationError:
        raise Unfit({"by": Wrong("doer")}) from None


def _doings(
    problems: dict[str, str],
    given: Mapping[str, str],
    accounts: tuple[AccountEntry, ...],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Doings | None, str]:
    """With whose they are, as pages say it; None where the form does not say so much."""
    who = _tried(problems, lambda: _who(given.get("by", ""), accounts))
    since = _tried(problems, lambda: read_moment(given.get("done_since", ""), "done_since", zone))
    fixed = given.get(UNTIL) or given.get("done_until")
    until = _tried(problems, lambda: read_moment(fixed, "done_until", zone)) if fixed else now
    if until and until > now + CLOCKS_DIFFER:  # a preview may be of another process
        problems["done_until"] = Wrong("not-yet")
    elif since and until and since >= until:
        problems["done_since"] = Wrong("before-end")
    if not (who and since and until):
        return None, ""
    doer, name = who
    return Doings(doer, since, until), name


def _who(text: str, accounts: tuple[AccountEntry, ...]) -> tuple[Doer, str]:
    """Somebody with an account by its id, by what they sign in with, or by the name that no other has; else by kind."""
    if not text:
        raise Unfit({"by": Wrong("needed")})
    typed = text.casefold().removeprefix(_PERSON)
    named = [each for each in accounts if typed in {each.id, each.login}]
    named = named or [each for each in accounts if typed == each.name.casefold()]
    if len(named) == 1:
        return Doer(kind="person", id=named[0].id), named[0].name
    if text.startswith(_PERSON) and ":" not in typed:
        raise Unfit({"by": Wrong("doer")})
    try:
        return doer_of(text), text
    except ValueError:
        raise Unfit({"by": Wrong("doer")}) from None


def _reason(text: str) -> str:
    if not text:
        raise Unfit({"reason": Wrong("say-why")})
    try:
        return _Why(reason=on_one_line(text)).reason
    except ValidationError as error:
        raise Unfit(wrongs_of(error)) from None


def _tried(problems: dict[str, str], read: Callable[[], Read]) -> Read | None:
    """A part of the form; what is wrong with it goes to the other problems."""
    try:
        return read()
    except Unfit as problem:
        problems |= problem.fields
    return None
