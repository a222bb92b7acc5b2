"""Which bans somebody asks for, from the parameters of an address. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from banstream_console.problems.exceptions import BadQuestion
from banstream_contracts.queries.wall import GetWallStatistics, ListWall

Asked = TypeVar("Asked", ListWall, GetWallStatistics)

_NAMES = ("search", "category", "severity", "since", "until", "cursor", "limit")
_HINTS = {
    "search": "search takes at least 3 letters (2 in Chinese, Japanese and Korean) and at most 100",
    "category": "category takes one such as aimbot or lag_machine",
    "severity": "severity is low, medium, high or critical",
    "since": "since takes a time such as 2026-01-31T00:00:00Z",
    "until": "until takes a time such as 2026-01-31T00:00:00Z",
    "cursor": "cursor takes what the page before gave as next; leave it out for the newest bans",
    "limit": "limit is a number from 1 to 500",
    "days": "days is a number from 1 to 366",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for; `given` are the parameters as they came, but for empty ones."""

    wall: ListWall
    given: Mapping[str, str]

    def address(self, path: str, **changed: str | None) -> str:
        """The same question with some parameters changed, or left out where they are None."""
        parameters = {name: value for name, value in {**self.given, **changed}.items() if value is not None}
        return f"{path}?{urlencode(parameters)}" if parameters else path


def question_of(parameters: Mapping[str, str], limit: int) -> Question:
    """What the parameters ask for. Raises BadQuestion, which says what to do."""
    if parameters.get("page", "").strip():
        raise BadQuestion(
            "pages have no numbers here: follow the links, or give cursor what the page before gave as next"
        )
    given = {name: value for name in _NAMES if (value := parameters.get(name, "").strip())}
    return Question(_read(ListWall, {"limit": limit, **given}), given)


def statistics_of(parameters: Mapping[str, str], time_zone: str) -> GetWallStatistics:
    """Which statistics are asked for. Raises BadQuestion."""
    days = parameters.get("days", "").strip()
    return _read(GetWallStatistics, {"time_zone": time_zone, **({"days": days} if days else {})})


def shown_until(now: datetime, delay_minutes: float) -> datetime | None:
    """Until when bans were issued that may be seen; None where there is no delay."""
    return now - timedelta(minutes=delay_minutes) if delay_minutes else None


def _read(model: type[Asked], values: Mapping[str, Any]) -> Asked:
    try:
        asked = model.model_validate(values)
    except ValidationError as error:
        wrong = str(error.errors()[0]["loc"][0])
        raise BadQuestion(_HINTS[wrong], wrong) from None
    for name in ("since", "until"):
        if not _is_in_calendar(getattr(asked, name, None)):
            raise BadQuestion(_HINTS[name])
    return asked


def _is_in_calendar(moment: datetime | None) -> bool:
    """Whether UTC has the moment too: a time zone may lead out of the first year and the last."""
    try:
        return moment is None or bool(moment.astimezone(UTC))
    except OverflowError:
        return False
