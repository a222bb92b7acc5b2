"""What forms of punishments say: read into terms, with what is wrong by field. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.acting import on_one_line
from banstream_console.staff.bans.addresses import read_address
from banstream_console.staff.durations import PERMANENT, seconds_of
from banstream_console.staff.listing import read_player
from banstream_contracts.infractions import Infraction, Lifetime, Punishment, Punishments, Scope, Severity
from banstream_contracts.players import Player
from banstream_contracts.text import Category, Evidence, Name, Note, Reason, ShortId

Given = Mapping[str, list[str]]
"""Every field of a form with all its values."""

_ADDRESS_LASTS = "address_lasts"
_OF_THE_FORM = {"csrf", "once", "step"}
Read = TypeVar("Read")

_LASTING = {Lifetime.TIMED, Lifetime.ONLINE}


class Terms(BaseModel):
    """What is punished, how, how long and where."""

    model_config = ConfigDict(frozen=True)

    punishments: Punishments = ()
    lifetime: Lifetime
    duration_seconds: int | None = None
    reason: Reason
    note: Note | None = None
    scope: Scope = Scope.SERVER
    server_id: ShortId | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None


class _Whom(BaseModel):
    model_config = ConfigDict(frozen=True)

    player_name: Name | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A whole form that punishes a player, an address, or both. With a policy its tier says what, and how long.

    `address_seconds` is how long who else comes from the address is punished; without it that is as the installation
    has it set, or as long as the player where `address_ends_with_it`.
    """

    player: Player | None
    address: str | None
    player_name: str | None
    terms: Terms
    tiering_policy_id: str | None
    address_seconds: int | None = None
    address_ends_with_it: bool = False

    def end(self, now: datetime) -> datetime | None:
        """When it ends if it is carried out now."""
        return _end(self.terms.lifetime, self.terms.duration_seconds, now)


def read_wanted(given: Given) -> Wanted:
    """The form that issues. Raises Unfit for all that is wrong at once."""
    problems: dict[str, str] = {}
    policy_id = one(given, "policy") or None
    player = _tried(problems, lambda: read_player(one(given, "player"), "player") if one(given, "player") else None)
    address = _tried(problems, lambda: read_address(one(given, "address")) if one(given, "address") else None)
    whom = _tried(problems, lambda: _Whom.model_validate({"player_name": one(given, "player_name") or None}))
    terms = _tried(problems, lambda: read_terms(given, is_by_policy=policy_id is not None))
    if not one(given, "player") and not one(given, "address"):
        problems["player"] = Wrong("whom" if "address" in given else "needed")
    if policy_id and one(given, "address"):
        problems["address"] = Wrong("address-with-policy")
    lasts = one(given, _ADDRESS_LASTS).lower()
    if lasts and not (player and address):
        problems.setdefault(_ADDRESS_LASTS, Wrong("address-alone"))
    ends_with_it = lasts == PERMANENT
    seconds = _tried(problems, lambda: seconds_of(lasts, _ADDRESS_LASTS) if lasts and not ends_with_it else None)
    if problems or terms is None or whom is None:
        raise Unfit(problems)
    return Wanted(player, address, whom.player_name, terms, policy_id, seconds, ends_with_it)


def _tried(problems: dict[str, str], read: Callable[[], Read]) -> Read | None:
    """A part of a form; what is wrong with it goes to the other problems."""
    try:
        return read()
    except Unfit as problem:
        problems |= problem.fields
    except ValidationError as error:
        problems |= wrongs_of(error)
    return None


def read_terms(given: Given, *, is_by_policy: bool = False) -> Terms:
    """The fields that say what, how long and where. Raises Unfit for all that is wrong at once."""
    problems: dict[str, str] = {}
    lifetime = one(given, "lifetime") or Lifetime.PERMANENT.value
    seconds = None
    if lifetime in _LASTING and not is_by_policy:
        try:
            seconds = seconds_of(one(given, "lasts"), "lasts")
        except Unfit as problem:
            problems |= problem.fields
    punishments = tuple(given.get("punishments", ()))
    if Punishment.BAN in punishments and lifetime in {Lifetime.ONLINE, Lifetime.SESSION}:
        problems["lifetime"] = Wrong("never-connected")
    scope, server = one(given, "scope") or Scope.SERVER.value, one(given, "server") or None
    if scope == Scope.SERVER and server is None:
        problems["server"] = Wrong("server-needed")
    if is_by_policy and server is None:
        problems["server"] = Wrong("server-of-policy")
    values: dict[str, Any] = {
        "punishments": punishments,
        "lifetime": lifetime,
        "duration_seconds": seconds,
        "reason": on_one_line(one(given, "reason")),
        "note": on_one_line(one(given, "note")) or None,
        "scope": scope,
        "server_id": server,
        "category": one(given, "category") or None,
        "severity": one(given, "severity") or None,
        "evidence": on_one_line(one(given, "evidence")) or None,
    }
    try:
        terms = Terms.model_validate(values)
    except ValidationError as error:
        raise Unfit({**wrongs_of(error), **problems}) from None
    if problems:
        raise Unfit(problems)
    return terms


def changes_of(terms: Terms, infraction: Infraction) -> dict[str, object]:
    """The fields that a form sets to something else than an infraction has; where it is issued is never changed."""
    named = ("reason", "note", "category", "severity", "evidence", "punishments", "scope")
    changes: dict[str, object] = {
        name: getattr(terms, name) for name in named if getattr(terms, name) != getattr(infraction, name)
    }
    if _lasting(terms.lifetime, terms.duration_seconds) != _lasting(infraction.lifetime, _held(infraction)):
        changes["lifetime"] = terms.lifetime
        if terms.lifetime is Lifetime.TIMED:
            changes["duration_seconds"] = terms.duration_seconds
        elif terms.lifetime is Lifetime.ONLINE:
            changes["time_left_seconds"] = terms.duration_seconds
    return changes


def end_after(terms: Terms, infraction: Infraction) -> datetime | None:
    """When a changed infraction ends: a duration counts from when it was issued."""
    return _end(terms.lifetime, terms.duration_seconds, infraction.issued_at)


def one(given: Given, name: str) -> str:
    """The first value of a field; empty where there is none."""
    return next(iter(given.get(name, ())), "")


def hidden_of(given: Given) -> list[tuple[str, str]]:
    """What a preview carries on, so that nothing has to be typed again."""
    return [(name, value) for name, values in given.items() if name not in _OF_THE_FORM for value in values]


def _held(infraction: Infraction) -> int | None:
    is_online = infraction.lifetime is Lifetime.ONLINE
    return infraction.time_left_seconds if is_online else infraction.duration_seconds


def _lasting(lifetime: Lifetime, seconds: int | None) -> tuple[Lifetime, int | None]:
    return lifetime, seconds if lifetime in _LASTING else None


def _end(lifetime: Lifetime, seconds: int | None, start: datetime) -> datetime | None:
    if lifetime is not Lifetime.TIMED or seconds is None:
        return None
    return start + timedelta(seconds=seconds)
