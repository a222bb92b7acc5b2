"""What clients get about imports."""

from typing import Any, Literal

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor, Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.imports import ImportCounts, ImportEntry
from banstream_gateway.answers import Answer


class RowAnswer(Answer):
    """What became of a row."""

    row: str
    infraction_id: str
    outcome: Literal["new", "changed", "same", "left", "refused", "accepted"]
    """`same`: nothing had changed there. `left`: it was changed there and here, and stays as it is here.
    `accepted`: stored, and decided as soon as it can be."""
    detail: str | None = None


class RowsAnswer(Answer):
    """What became of each row, in the order they were sent. `position` holds them all, where anything was done."""

    items: tuple[RowAnswer, ...]
    position: int | None = None


class UndoneAnswer(Answer):
    """What became of an infraction of the import."""

    infraction_id: str
    row: str
    player: Player | None = None
    outcome: Literal["undone", "ended", "left", "refused", "accepted"]
    """`ended`: it was over already. `left`: it was changed here since, and stays."""
    detail: str | None = None


class UndonePageAnswer(Answer):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[UndoneAnswer, ...]
    next: str | None


class ImportAnswer(Answer):
    """An import, and how many infractions are of it: those that no later import has brought again."""

    import_id: str
    source: str
    at: AwareDatetime
    by: Actor
    infractions: int


class ImportPageAnswer(Answer):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[ImportAnswer, ...]
    next: str | None


class ImportStandsAnswer(ImportAnswer):
    """An import, and what stands of it."""

    in_force: int
    undone: int
    changed: int
    """Infractions that were changed here since."""


def import_json(entry: ImportEntry, counts: ImportCounts | None = None) -> dict[str, Any]:
    """An import as JSON values."""
    stands = counts.model_dump() if counts else {}
    return {**entry.model_dump(mode="json", exclude_none=True), **stands}


def undone_json(infraction: Infraction, outcome: str, detail: str | None = None) -> dict[str, Any]:
    """What became of an infraction as JSON values."""
    about: dict[str, Any] = {
        "infraction_id": infraction.id,
        "row": infraction.imported.row if infraction.imported else "",
        "outcome": outcome,
    }
    if infraction.player:
        about["player"] = infraction.player.model_dump()
    return about if detail is None else {**about, "detail": detail}
