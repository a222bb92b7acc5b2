"""One instance of every message about what somebody did to infractions."""

from pydantic import BaseModel

from banstream_contracts.examples import parts
from banstream_contracts.queries.undoing import Doer, Done, DonePage, ListDone

EXAMPLES: tuple[BaseModel, ...] = (
    ListDone(by=Doer(kind="person", id="ada"), since=parts.AT, until=parts.LATER, before=parts.POSITION, limit=20),
    DonePage(
        items=(
            Done(
                infraction=parts.infraction,
                position=parts.POSITION,
                did=("infraction.amended", "infraction.lifted"),
                undo="reinstate",
                changes=parts.changes,
                as_imported=True,
            ),
        ),
        next=parts.POSITION,
    ),
)
