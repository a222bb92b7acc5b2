"""What clients get about what somebody did, and what became of it."""

from typing import Any, Literal

from pydantic import AwareDatetime

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player
from banstream_contracts.queries.undoing import Done
from banstream_gateway.answers import Answer

_OUTCOMES = {"lift": "lifted", "reinstate": "reinstated", "amend": "amended"}
_LEFT = "somebody else has decided on it since, and it stays as it is"


class TakenBackAnswer(Answer):
    """What became of an infraction that they did something to, or would."""

    infraction_id: str
    player: Player | None = None
    player_name: str | None = None
    punishments: tuple[Punishment, ...]
    reason: str
    """Of the infraction."""
    did: tuple[str, ...]
    """The events that are taken back, the first of them first."""
    outcome: Literal["lifted", "reinstated", "amended", "left", "unchanged", "refused", "accepted"]
    """`left`: somebody else has decided on it since. `unchanged`: nothing is left to take back.
    `accepted`: stored, and decided as soon as it can be."""
    detail: str | None = None
    """Why it was left or refused."""
    changes: InfractionChanges | None = None
    """What is put back, of what is amended or reinstated."""
    also: tuple[str, ...] | None = None
    """Of what is lifted: the other infractions that restrict the player, or the address, now."""


class UndoOfUndoAnswer(Answer):
    """By whom and since when it was done: what to send to take it back."""

    by: str
    since: AwareDatetime


class UndoingAnswer(Answer):
    """A page, the last first; `next` is what the following one is asked `before`, null at the end.

    A page may hold none and have a following one. `until` is to be sent with that. `position` holds all that was done.
    """

    until: AwareDatetime
    items: tuple[TakenBackAnswer, ...]
    next: int | None
    position: int | None = None
    undo: UndoOfUndoAnswer | None = None
    """Not of a dry run. That of the first page holds for all of them; what a try without an answer did is as much
    earlier as that was sent earlier."""


def taken_back_json(done: Done) -> dict[str, Any]:
    """What would become of an infraction, as JSON values."""
    about = {"player", "player_name", "punishments", "reason"}
    item: dict[str, Any] = {
        "infraction_id": done.infraction.id,
        **done.infraction.model_dump(mode="json", include=about, exclude_none=True),
        "did": list(done.did),
        "outcome": _OUTCOMES.get(done.undo, done.undo),
    }
    if done.undo == "left":
        item["detail"] = _LEFT
    if done.changes is not None:
        item["changes"] = done.changes.model_dump(mode="json")
    return item
