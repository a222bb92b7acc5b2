"""Reads of what somebody did to infractions, and of what takes that back."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.infractions import Contract, Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.audit import LogPlace
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.text import ActorId, PolicyId

Undoing = Literal["lift", "reinstate", "amend", "left", "unchanged"]
"""What takes it back. `left`: somebody else has decided on the infraction since, and it stays as it is. `unchanged`:
nothing is left to take back, as it is over, or is again as it was."""


class Doer(Contract):
    """Whose doing it was: an actor, by kind and id; an admin, through whichever server; or an abuse policy."""

    kind: Literal["server", "token", "person", "system"] | None = None
    id: ActorId | None = None
    admin: Player | None = None
    policy_id: PolicyId | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.kind is None) is not (self.id is None):
            raise ValueError("kind and id come together")
        if sum(each is not None for each in (self.id, self.admin, self.policy_id)) != 1:
            raise ValueError("one of an actor, an admin and a policy is needed")
        return self


class ListDone(Contract):
    """What somebody did to infractions from `since` until `until`, the last first; both are about when it was recorded.

    `before` is the position that the page before ended at.
    """

    by: Doer
    since: AwareDatetime
    until: AwareDatetime
    before: LogPlace | None = None
    limit: Annotated[PageLimit, Field(le=100)] = 50


class Done(Contract):
    """An infraction that they did something to, as it stands now, and what takes that back.

    `did` are the types of the events that would be taken back, each once, the first of them first; `position` is that
    of the last. `changes`, of `amend` and of `reinstate`, is what is put back; those not set stay. `as_imported`: with
    that it is what its import brought.
    """

    infraction: Infraction
    position: LogPlace
    did: tuple[str, ...]
    undo: Undoing
    changes: InfractionChanges | None = None
    as_imported: bool = False


class DonePage(Contract):
    """A page, each infraction in one of them; `next` is what the following one is asked `before`, null at the end.

    A page may hold none and have a following one, where very much was looked at.
    """

    items: tuple[Done, ...]
    next: LogPlace | None
