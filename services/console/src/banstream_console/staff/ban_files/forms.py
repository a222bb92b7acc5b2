"""A ban file as a form, and back. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from banstream_console.problems import Unfit
from banstream_console.wrongs import Wrong, wrongs_of
from banstream_contracts.ban_files import (
    BanFile,
    BanFileFilters,
    BanFileFormat,
    BanFileKind,
    BanFilePlace,
    BanFilePolicy,
)
from banstream_contracts.text import Name, control_character

Given = Mapping[str, Sequence[str]]
Choice = TypeVar("Choice", bound=StrEnum)

REPAIR, REPORT = "repair", "report"
"""What is done about lines of ours that somebody changed."""
LONGEST = {"secret": 1024, "private_key": 8192, "passphrase": 1024}
"""Of what opens a place, in characters."""

_REMOTE = frozenset({"host", "port", "user", "path", "secret"})
_FTPS = _REMOTE | {"any_certificate"}
_OF_KIND: Mapping[BanFileKind, frozenset[str]] = {
    BanFileKind.FTP: _REMOTE,
    BanFileKind.FTPS: _FTPS,
    BanFileKind.FTPS_IMPLICIT: _FTPS,
    BanFileKind.SFTP: _REMOTE | {"fingerprint", "private_key", "passphrase"},
    BanFileKind.LOCAL: frozenset({"path"}),
    BanFileKind.NITRADO: frozenset({"service_id", "secret"}),
}
_EVERY = frozenset().union(*_OF_KIND.values())
_NEEDED = frozenset({"host", "user", "path", "service_id"})
_OF_A_PLACE = ("host", "port", "user", "path", "service_id", "fingerprint")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for; `secret` is JSON as ftp-sync reads it, None where none was given."""

    name: str
    format: BanFileFormat
    place: BanFilePlace
    filters: BanFileFilters
    policy: BanFilePolicy
    secret: str | None

    def __repr__(self) -> str:
        """What may be shown."""
        return f"Wanted({self.name!r})"


class _Named(BaseModel):
    name: Name


def form_of(ban_file: BanFile) -> dict[str, list[str]]:
    """The fields of a form that says what a ban file is; the key of its server stays without being named."""
    place, filters = ban_file.place, ban_file.filters
    shown = {name: getattr(place, name) for name in _OF_A_PLACE if name != "fingerprint"}
    form = {
        "name": [ban_file.name],
        "kind": [place.kind.value],
        **{name: [str(value)] for name, value in shown.items() if value is not None},
        "any_certificate": [] if place.checks_certificate else ["on"],
        "servers": list(filters.servers),
        "scopes": [each.value for each in filters.scopes],
        "only_own": [] if filters.include_other_servers else ["on"],
        "may_create": ["on"] if ban_file.policy.may_create else [],
        "drift": [REPAIR if ban_file.policy.repairs_drift else REPORT],
    }
    return {name: values for name, values in form.items() if values}


def wanted_of(form: Given, before: BanFile | None = None) -> Wanted:
    """What a form says; `before` is the file that it changes. Raises Unfit, which names every field that is wrong."""
    wrongs: dict[str, str] = {}
    kind = _choice(form, "kind", BanFileKind, wrongs)
    ban_format = before.format if before else _choice(form, "format", BanFileFormat, wrongs)
    place = _place(form, kind, wrongs) if kind else None
    secret = _secret(form, kind, wrongs, is_needed=before is None) if kind else None
    if kind and ban_format and (kind is BanFileKind.NITRADO) != (ban_format is BanFileFormat.NITRADO):
        wrongs["kind"] = Wrong("file-nitrado")
    name, filters = _name(form, wrongs), _filters(form, wrongs)
    if wrongs or not (ban_format and place and filters):
        raise Unfit(wrongs)
    policy = BanFilePolicy(may_create="may_create" in form, repairs_drift=_first(form, "drift") != REPORT)
    return Wanted(name, ban_format, place, filters, policy, secret)


def _place(form: Given, kind: BanFileKind, wrongs: dict[str, str]) -> BanFilePlace | None:
    given = {name: _first(form, name) for name in _EVERY if _first(form, name)}
    own = _OF_KIND[kind]
    faults = {name: Wrong("file-not-of-kind") for name in given.keys() - own}
    faults |= {name: Wrong("needed") for name in (_NEEDED & own) - given.keys()}
    faults |= {
        name: Wrong("control-some") for name in ("host", "user", "path") if control_character(given.get(name, ""))
    }
    if any(sign in given.get("host", "") for sign in "/@ "):
        faults["host"] = Wrong("file-host")
    path = given.get("path", "")
    if kind is BanFileKind.LOCAL and path and (not path.startswith("/") or ".." in path.split("/")):
        faults["path"] = Wrong("file-local")
    named = {name: given[name] for name in _OF_A_PLACE if name in given and name in own}
    try:
        place = BanFilePlace.model_validate(
            {"kind": kind, **named, "checks_certificate": "any_certificate" not in given}
        )
    except ValidationError as error:
        wrongs |= {name: wrong for name, wrong in wrongs_of(error).items() if name}
        place = None
    wrongs |= faults
    return place


def _secret(form: Given, kind: BanFileKind, wrongs: dict[str, str], *, is_needed: bool) -> str | None:
    given = {name: text for name in LONGEST if name in _OF_KIND[kind] and (text := _first(form, name))}
    for name, text in given.items():
        if len(text) > LONGEST[name]:
            wrongs[name] = Wrong("long", limit=LONGEST[name])
        elif name != "private_key" and control_character(text):
            wrongs[name] = Wrong("control-some")
    if "passphrase" in given and "private_key" not in given:
        wrongs["private_key"] = Wrong("file-passphrase")
    if is_needed and not given and "secret" in _OF_KIND[kind]:
        wrongs["secret"] = Wrong("needed")
    if not given:
        return None
    called = {"secret": "token" if kind is BanFileKind.NITRADO else "password"}
    return json.dumps({called.get(name, name): text.replace("\r\n", "\n") for name, text in given.items()})


def _name(form: Given, wrongs: dict[str, str]) -> str:
    try:
        return _Named(name=_first(form, "name")).name
    except ValidationError as error:
        wrongs |= wrongs_of(error)
        return ""


def _filters(form: Given, wrongs: dict[str, str]) -> BanFileFilters | None:
    named = {name: form.get(name, ()) for name in ("servers", "scopes")}
    try:
        return BanFileFilters.model_validate({**named, "include_other_servers": "only_own" not in form})
    except ValidationError as error:
        wrongs |= {name.split(".")[0]: wrong for name, wrong in wrongs_of(error).items()}
        return None


def _choice(form: Given, name: str, kinds: type[Choice], wrongs: dict[str, str]) -> Choice | None:
    try:
        return kinds(_first(form, name))
    except ValueError:
        wrongs[name] = Wrong("choice")
        return None


def _first(form: Given, name: str) -> str:
    return next(iter(form.get(name, ())), "")
