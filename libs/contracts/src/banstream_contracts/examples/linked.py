"""One instance of every message about who else is known at an address."""

from pydantic import BaseModel

from banstream_contracts.examples import parts
from banstream_contracts.queries.linked import GetLinked, KnownThere, Link, LinkedFound, SharedAddress

_known = KnownThere(count=2, first_at=parts.AT, last_at=parts.LATER, infraction_ids=(parts.INFRACTION_ID,))

EXAMPLES: tuple[BaseModel, ...] = (
    GetLinked(player=parts.player),
    LinkedFound(
        at=parts.LATER,
        items=(
            Link(
                player=parts.player,
                player_name="Trillian",
                strength="weak",
                why=("shared", "crowd"),
                addresses=(
                    SharedAddress(
                        address_hash=parts.ADDRESS_HASH,
                        own=_known,
                        theirs=_known,
                        exempt_from=(parts.INFRACTION_ID,),
                        players=6,
                        binds=True,
                    ),
                ),
            ),
        ),
        total=51,
        addresses=20,
        addresses_total=21,
    ),
)
