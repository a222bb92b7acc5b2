"""What the preview of a punishment has shown, as the form that confirms it carries it. Pure."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import wrongs_of
from banstream_console.staff.bans.terms import Given, one
from banstream_contracts.infractions import Infraction
from banstream_contracts.tiering import NumberedTier

_IN_FORCE, _TIER = "seen_in_force", "seen_tier"


def with_seen(given: Given, in_force: Iterable[Infraction], tier: NumberedTier | None) -> Given:
    """The form with what its preview shows: what restricts already, and the tier that is due."""
    form = {name: values for name, values in given.items() if name not in {_IN_FORCE, _TIER}}
    form[_IN_FORCE] = [" ".join(each.id for each in in_force)]
    return {**form, _TIER: [tier.model_dump_json()]} if tier else form


def seen(given: Given) -> dict[str, Any]:
    """The fields of a command that say so; empty where nothing was shown. Raises Unfit."""
    found: dict[str, Any] = {}
    if _IN_FORCE in given:
        found[_IN_FORCE] = tuple(one(given, _IN_FORCE).split())
    if _TIER in given:
        try:
            found[_TIER] = NumberedTier.model_validate_json(one(given, _TIER))
        except ValidationError as error:
            raise Unfit(wrongs_of(error)) from None
    return found
