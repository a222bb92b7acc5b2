"""Reads of appeals: by staff, and by whoever holds the code of an infraction."""

from pydantic import AwareDatetime

from banstream_contracts.appeals import (
    Appeal,
    AppealCode,
    AppealCounts,
    AppealedInfraction,
    AppealStatus,
    AppealTally,
)
from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.text import Name, ShortId


class GetAppeal(Contract):
    """One appeal by its id, with all that was said. For staff."""

    appeal_id: ShortId


class AppealFound(Contract):
    """The appeal, or null."""

    appeal: Appeal | None


class ListAppeals(Contract):
    """Appeals, newest first, without what was said. For staff. `assignee_id` is as in `ListRequests`."""

    status: AppealStatus | None = None
    player: Player | None = None
    infraction_id: ShortId | None = None
    assignee: Name | None = None
    assignee_id: ShortId | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class AppealPage(Contract):
    """A page of appeals; `next` is the cursor of the following one, null at the end."""

    items: tuple[Appeal, ...]
    next: str | None


class OpenAppealForm(Contract):
    """What the holder of a code may see of an infraction and its newest appeal."""

    infraction_id: ShortId
    code: AppealCode


class AppealForm(Contract):
    """That, or null: the same answer for a wrong code and for an infraction that nobody knows."""

    found: AppealedInfraction | None


class GetAppealCode(Contract):
    """The code of an infraction, for staff to hand out."""

    infraction_id: ShortId


class AppealCodeFound(Contract):
    """The code, or null where nobody knows the infraction."""

    code: str | None


class GetAppealStatistics(Contract):
    """How the appeals ended that were opened in a time."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AppealStatistics(Contract):
    """All of them, and by category (the rule), policy and moderator; the most overturned first, at most 200 each."""

    total: AppealCounts
    by_category: tuple[AppealTally, ...]
    by_policy: tuple[AppealTally, ...]
    by_moderator: tuple[AppealTally, ...]
