"""One instance of every message about what was in force at a moment."""

from pydantic import BaseModel

from banstream_contracts.examples import parts
from banstream_contracts.infractions import Punishment
from banstream_contracts.queries.past import GetPast, ListPast, PastFound, PastPage

_THEN = {"at": parts.AT, "position": parts.POSITION}

EXAMPLES: tuple[BaseModel, ...] = (
    GetPast(
        **_THEN,
        player=parts.player,
        address_hash=parts.ADDRESS_HASH,
        other_address_hashes=(parts.KEY_HASH,),
        server_id=parts.SERVER_ID,
        cursor=parts.INFRACTION_ID,
        limit=20,
    ),
    PastFound(
        **_THEN,
        standings=(parts.standing,),
        items=(parts.infraction,),
        next=parts.INFRACTION_ID,
        total=21,
        begins_at=parts.AT,
        erased_at=parts.LATER,
    ),
    ListPast(**_THEN, punishment=Punishment.BAN, cursor=parts.INFRACTION_ID, limit=20),
    PastPage(**_THEN, items=(parts.infraction,), next=parts.INFRACTION_ID, begins_at=parts.AT),
)
