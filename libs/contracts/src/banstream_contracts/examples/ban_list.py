"""One instance of every entry of KV `ban-list`."""

from banstream_contracts.examples import parts
from banstream_contracts.infractions import Scope
from banstream_contracts.listed_bans import SERVICE, ListedBan
from banstream_contracts.players import Player

EXAMPLES = (
    ListedBan(
        infraction_id=parts.INFRACTION_ID,
        position=parts.POSITION,
        is_ended=False,
        player=Player(service=SERVICE, id="griefer"),
        player_name="Griefer",
        sealed_name=parts.SEALED,
        address_hash=parts.ADDRESS_HASH,
        sealed_address=parts.SEALED,
        address_expires_at=parts.LATER,
        reason="griefing",
        scope=Scope.GLOBAL,
        server_id=parts.SERVER_ID,
        issued_at=parts.AT,
        expires_at=parts.AT,
    ),
)
