"""A policy of tiers as a form, and back. Pure."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from banstream_console.problems.exceptions import Unfit
from banstream_console.problems.field_errors import Wrong, wrongs_of
from banstream_console.staff.acting import on_one_line
from banstream_console.staff.durations import PERMANENT, seconds_of, written
from banstream_contracts.infractions import Punishment
from banstream_contracts.tiering import Tier, TieringTerms

MOST_TIERS = 100
WARNING = "warning"
_SPARE, _FEWEST = 2, 4

Given = Mapping[str, Sequence[str]]


def form_of(terms: TieringTerms, server_id: str) -> dict[str, list[str]]:
    """The fields of a form that says what a policy says."""
    form = {
        "name": [terms.name],
        "server": [server_id],
        "counts": [written(terms.tier_ttl_seconds)],
        "default_reason": [terms.default_reason],
        "everywhere": ["on"] if terms.include_other_servers else [],
    }
    for number, tier in enumerate(terms.tiers):
        form[f"what{number}"] = [each.value for each in tier.punishments] or [WARNING]
        form[f"lasts{number}"] = [written(tier.duration_seconds)]
        form[f"online{number}"] = ["on"] if tier.online else []
    return {name: values for name, values in form.items() if values}


def rows_of(form: Given) -> int:
    """How many tiers a form has room for: some more than it names."""
    named = [number for number in range(MOST_TIERS) if form.get(f"what{number}")]
    return min(MOST_TIERS, max(_FEWEST, (max(named) if named else 0) + 1 + _SPARE))


def terms_of(form: Given) -> TieringTerms:
    """What a form says; a tier of which nothing is ticked is left out. Raises Unfit, which names the fields."""
    problems: dict[str, str] = {}
    numbers = [number for number in range(MOST_TIERS) if form.get(f"what{number}")]
    tiers = [_tier(form, number, problems) for number in numbers]
    if not numbers:
        problems["what0"] = Wrong("tiers-needed")
    counts = _seconds(form, "counts", problems) or 1
    try:
        terms = TieringTerms(
            name=_first(form, "name"),
            include_other_servers="everywhere" in form,
            tier_ttl_seconds=counts,
            default_reason=on_one_line(_first(form, "default_reason")),
            tiers=tuple(each for each in tiers if each) or (Tier(),),
        )
    except ValidationError as error:
        raise Unfit({**wrongs_of(error), **problems}) from None
    if problems:
        raise Unfit(problems)
    return terms


def _tier(form: Given, number: int, problems: dict[str, str]) -> Tier | None:
    """One step of it; what is wrong with it goes to the problems, under the field that it is wrong in."""
    what, lasts = form[f"what{number}"], _first(form, f"lasts{number}")
    seconds = _seconds(form, f"lasts{number}", problems) if lasts not in {"", PERMANENT} else None
    if not set(what) <= {WARNING, *Punishment} or (WARNING in what and len(what) > 1):
        problems[f"what{number}"] = Wrong("punishments")
        return None
    if f"lasts{number}" in problems:
        return None
    try:
        return Tier(
            punishments=tuple(Punishment(each) for each in what if each != WARNING),
            duration_seconds=seconds,
            online=f"online{number}" in form,
        )
    except ValidationError as error:
        problems[f"what{number}"] = next(iter(wrongs_of(error).values()))
    return None


def _seconds(form: Given, name: str, problems: dict[str, str]) -> int | None:
    """What is wrong with it goes to the problems."""
    try:
        return seconds_of(_first(form, name), name)
    except Unfit as problem:
        problems |= problem.fields
    return None


def _first(form: Given, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()
