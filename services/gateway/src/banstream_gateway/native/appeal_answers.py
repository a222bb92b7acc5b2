"""What clients get about appeals. Staff only, so nothing is hidden."""

from typing import Any

from banstream_contracts.appeals import Appeal, AppealStatus
from banstream_contracts.infractions import Infraction
from banstream_contracts.results import CommandResult
from banstream_gateway.answers import Answer, infraction_json

_IN_LISTS = {"answers"}


class AppealPageAnswer(Answer):
    """A page of appeals, newest first, without what was said."""

    items: tuple[Appeal, ...]
    next: str | None


class ChangedAppealAnswer(Answer):
    """An appeal that was answered or assigned."""

    id: str
    position: int


class DecidedAppealAnswer(ChangedAppealAnswer):
    """A decision, and the infraction as it is now."""

    status: AppealStatus
    infractions: tuple[Infraction, ...]


class AppealCodeAnswer(Answer):
    """The code that opens the appeal of an infraction; `url` is where, if the gateway knows the console's address."""

    infraction_id: str
    code: str
    url: str | None = None


def appeal_json(appeal: Appeal, *, in_list: bool = False) -> dict[str, Any]:
    """An appeal, with what was said unless it is in a list."""
    hidden = _IN_LISTS if in_list else set[str]()
    content: dict[str, Any] = appeal.model_dump(mode="json", exclude_none=True, exclude=hidden)
    return content


def changed_json(result: CommandResult) -> dict[str, Any]:
    """An appeal that something was done to."""
    return {"id": result.appeal.id if result.appeal else None, "position": result.position}


def decided_json(result: CommandResult) -> dict[str, Any]:
    """A decision that was carried out."""
    infractions = [infraction_json(each, for_staff=True) for each in result.infractions]
    status = result.appeal.status if result.appeal else None
    return {**changed_json(result), "status": status, "infractions": infractions}
