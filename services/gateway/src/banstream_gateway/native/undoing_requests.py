"""What clients send to take back what somebody did."""

from typing import Annotated

from pydantic import AwareDatetime, Field, field_validator

from banstream_contracts.queries.audit import LogPlace
from banstream_contracts.text import Reason
from banstream_edge.undoing import doer_of
from banstream_gateway.request_forms import Request


class UndoingRequest(Request):
    """Take back what somebody did to infractions, from `since` until `until`, a page at a time, the last first.

    `dry_run`: only say what would become of each.
    """

    by: Annotated[str, Field(min_length=1, max_length=256, examples=["person:ada"])]
    """`person:LOGIN` (or the id of the account, or `person:discord:ID`), `token:ID`, `server:ID`, `system:ID`,
    `admin:SERVICE:ID` for an admin through whichever server, or `policy:ID` for what an abuse policy issued."""
    since: AwareDatetime
    until: AwareDatetime | None = None
    """Now, where it is not sent; the following pages take the one that the first answered."""
    reason: Reason
    before: LogPlace | None = None
    """The `next` of the page before; it comes with `until`."""
    dry_run: bool = False

    @field_validator("by")
    @classmethod
    def _is_somebody(cls, by: str) -> str:
        doer_of(by)
        return by
