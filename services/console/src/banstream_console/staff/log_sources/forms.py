"""A source of logs as a form, and back. Pure."""

import json
import tomllib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.durations import seconds_of, written
from banstream_console.staff.hosts import FTPS, REMOTE, SFTP, Given, Ways, Wrongs, chosen, first, name_in
from banstream_contracts.log_sources import (
    DEFAULT_LOOK_BACK_SECONDS,
    DEFAULT_POLL_SECONDS,
    Login,
    LogSource,
    LogSourceKind,
    LookBackSeconds,
    PollSeconds,
    Rules,
    TimeZone,
)
from banstream_contracts.text import ShortId

LONGEST = {"secret": 1024, "private_key": 2800}
"""Of what opens a place, in characters; a longer key does not fit into a command."""

_NUMBER_LENGTH = 5
_WAYS = Ways(
    of_kind={
        LogSourceKind.FTP: REMOTE | {"folder"},
        LogSourceKind.FTPS: FTPS | {"folder"},
        LogSourceKind.FTPS_IMPLICIT: FTPS | {"folder"},
        LogSourceKind.SFTP: SFTP | {"folder"},
        LogSourceKind.LOCAL: frozenset({"folder"}),
    },
    needed=frozenset({"host", "user", "folder", "fingerprint"}),
    longest=LONGEST,
)
_OF_A_LOGIN = ("host", "port", "user", "folder", "fingerprint")


class Reading(BaseModel):
    """How a source is read, and what the rules are."""

    server_id: ShortId
    time_zone: TimeZone
    poll_seconds: PollSeconds
    look_back_seconds: LookBackSeconds
    rules: Rules = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for; `secret` is a password or a private key, None where none was given."""

    name: str
    login: Login
    reading: Reading
    secret: str | None

    def __repr__(self) -> str:
        """What may be shown."""
        return f"Wanted({self.name!r})"


def new_form(time_zone: str) -> dict[str, list[str]]:
    """What stands in an empty form."""
    return {
        "kind": [LogSourceKind.FTP.value],
        "time_zone": [time_zone],
        "poll_seconds": [written(DEFAULT_POLL_SECONDS)],
        "look_back_seconds": [written(DEFAULT_LOOK_BACK_SECONDS)],
    }


def form_of(source: LogSource) -> dict[str, list[str]]:
    """The fields of a form that says what a source is."""
    shown = {name: getattr(source.login, name) for name in _OF_A_LOGIN}
    form = {
        "name": [source.name],
        "server_id": [source.server_id],
        "kind": [source.login.kind.value],
        **{name: [str(value)] for name, value in shown.items() if value is not None},
        "any_certificate": [] if source.login.checks_certificate else ["on"],
        "time_zone": [source.time_zone],
        "poll_seconds": [written(source.poll_seconds)],
        "look_back_seconds": [written(source.look_back_seconds)],
        "rules": [json.dumps(source.rules, indent=2, ensure_ascii=False)] if source.rules else [],
    }
    return {name: values for name, values in form.items() if values}


def wanted_of(form: Given, *, is_new: bool) -> Wanted:
    """What a form says. Raises Unfit, which names every field that is wrong."""
    wrongs: Wrongs = {}
    kind = chosen(form, "kind", LogSourceKind, wrongs)
    login = _login(form, kind, wrongs) if kind else None
    secret = _secret(form, kind, wrongs, is_needed=is_new) if kind else None
    name, reading = name_in(form, wrongs), _reading(form, wrongs)
    if wrongs or not (login and reading):
        raise Unfit(wrongs)
    return Wanted(name, login, reading, secret)


def _login(form: Given, kind: LogSourceKind, wrongs: Wrongs) -> Login | None:
    given, own, faults = _WAYS.given(form), _WAYS.of_kind[kind], _WAYS.faults(form, kind)
    named: dict[str, Any] = {name: given[name] for name in _OF_A_LOGIN if name in given and name in own}
    if "port" in named:
        named["port"] = _number(named["port"])
    try:
        login = Login.model_validate({"kind": kind, **named, "checks_certificate": "any_certificate" not in given})
    except ValidationError as error:
        wrongs |= {name: wrong for name, wrong in wrongs_of(error).items() if name}
        login = None
    wrongs |= faults
    return login


def _secret(form: Given, kind: LogSourceKind, wrongs: Wrongs, *, is_needed: bool) -> str | None:
    given = _WAYS.opening(form, kind, wrongs, is_needed=is_needed)
    if len(given) > 1:
        wrongs["private_key"] = Wrong("log-one-secret")
    return next(iter(given.values()), None)


def _reading(form: Given, wrongs: Wrongs) -> Reading | None:
    found: dict[str, Any] = {name: first(form, name) for name in ("server_id", "time_zone")}
    for name in ("poll_seconds", "look_back_seconds"):
        try:
            found[name] = seconds_of(first(form, name), name)
        except Unfit as problem:
            wrongs |= problem.fields
            found[name] = None
    try:
        found["rules"] = _rules(first(form, "rules").strip())
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        wrongs["rules"] = Wrong("log-rules", why=str(error))
    except RecursionError:
        wrongs["rules"] = Wrong("other")
    try:
        return Reading.model_validate(found)
    except (RecursionError, ValidationError) as error:
        faults = wrongs_of(error) if isinstance(error, ValidationError) else {"rules": Wrong("other")}
        wrongs |= {name: wrong for name, wrong in faults.items() if name not in wrongs}
        return None


def _rules(text: str) -> object:
    """TOML, or JSON; days and times, which JSON has not, are text."""
    return json.loads(text) if text.startswith("{") else json.loads(json.dumps(tomllib.loads(text), default=str))


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _NUMBER_LENGTH else text
