"""A ban file as a form, and back. Pure."""

import json
from dataclasses import dataclass

from pydantic import ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.hosts import FTPS, REMOTE, SFTP, Given, Ways, Wrongs, chosen, first, name_in
from banstream_contracts.ban_files import (
    BanFile,
    BanFileFilters,
    BanFileFormat,
    BanFileKind,
    BanFilePlace,
    BanFilePolicy,
)

REPAIR, REPORT = "repair", "report"
"""What is done about lines of ours that somebody changed."""
LONGEST = {"secret": 1024, "private_key": 8192, "passphrase": 1024}
"""Of what opens a place, in characters."""

_WAYS = Ways(
    of_kind={
        BanFileKind.FTP: REMOTE | {"path"},
        BanFileKind.FTPS: FTPS | {"path"},
        BanFileKind.FTPS_IMPLICIT: FTPS | {"path"},
        BanFileKind.SFTP: SFTP | {"path", "passphrase"},
        BanFileKind.LOCAL: frozenset({"path"}),
        BanFileKind.NITRADO: frozenset({"service_id", "secret"}),
    },
    needed=frozenset({"host", "user", "path", "service_id"}),
    longest=LONGEST,
)
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
    wrongs: Wrongs = {}
    kind = chosen(form, "kind", BanFileKind, wrongs)
    ban_format = before.format if before else chosen(form, "format", BanFileFormat, wrongs)
    place = _place(form, kind, wrongs) if kind else None
    secret = _secret(form, kind, wrongs, is_needed=before is None) if kind else None
    if kind and ban_format and (kind is BanFileKind.NITRADO) != (ban_format is BanFileFormat.NITRADO):
        wrongs["kind"] = Wrong("file-nitrado")
    name, filters = name_in(form, wrongs), _filters(form, wrongs)
    if wrongs or not (ban_format and place and filters):
        raise Unfit(wrongs)
    policy = BanFilePolicy(may_create="may_create" in form, repairs_drift=first(form, "drift") != REPORT)
    return Wanted(name, ban_format, place, filters, policy, secret)


def _place(form: Given, kind: BanFileKind, wrongs: Wrongs) -> BanFilePlace | None:
    given, own = _WAYS.given(form), _WAYS.of_kind[kind]
    faults = _WAYS.faults(form, kind)
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


def _secret(form: Given, kind: BanFileKind, wrongs: Wrongs, *, is_needed: bool) -> str | None:
    given = _WAYS.opening(form, kind, wrongs, is_needed=is_needed)
    if "passphrase" in given and "private_key" not in given:
        wrongs["private_key"] = Wrong("file-passphrase")
    called = {"secret": "token" if kind is BanFileKind.NITRADO else "password"}
    return json.dumps({called.get(name, name): text for name, text in given.items()}) if given else None


def _filters(form: Given, wrongs: Wrongs) -> BanFileFilters | None:
    named = {name: form.get(name, ()) for name in ("servers", "scopes")}
    try:
        return BanFileFilters.model_validate({**named, "include_other_servers": "only_own" not in form})
    except ValidationError as error:
        wrongs |= {name.split(".")[0]: wrong for name, wrong in wrongs_of(error).items()}
        return None
