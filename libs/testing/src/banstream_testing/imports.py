"""Imports of bans from another system, as a gateway asks for them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from banstream_contracts.commands.infractions import ImportInfraction, LiftInfraction
from banstream_contracts.infractions import Punishment
from banstream_contracts.players import Player
from banstream_testing.abuse import asked
from banstream_testing.infractions import MODERATOR, Bus

IMPORT_ID = "c" * 24
LONG_AGO = datetime(2019, 5, 4, 12, tzinfo=UTC)


def imported_id(number: int) -> str:
    """Of the infraction that a row becomes."""
    return f"{number:024x}"


def imported(number: int, **values: Any) -> ImportInfraction:
    """A permanent ban of long ago, by its number in the other system."""
    common: dict[str, Any] = {
        "infraction_id": imported_id(number),
        "player": Player(service="roblox", id=str(number + 1)),
        "punishments": (Punishment.BAN,),
        "reason": f"reason {number}",
        "import_id": IMPORT_ID,
        "source": "old.example",
        "row": f"ban:{number}",
        "digest": f"{number:064x}",
        "began_at": LONG_AGO,
        "issued_by": "Old Admin",
    }
    return ImportInfraction(**asked(MODERATOR, **{**common, **values}))


async def take_back(to: Bus, numbers: Iterable[int], reason: str = "wrong file") -> None:
    """With their import."""
    about = {"import_id": IMPORT_ID, "reason": reason}
    undo = [LiftInfraction(**asked(MODERATOR, infraction_id=imported_id(each), **about)) for each in numbers]
    assert {each.status for each in await to.send_all(undo)} == {"applied"}
