"""Bans in clear, for game servers whose protocol carries whole lists with names and addresses."""

from pydantic import AwareDatetime

from banstream_contracts.infractions import Contract, Scope
from banstream_contracts.players import Player
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import KeyHash, Name, Reason, ShortId

SERVICE = "minecraft"
"""Whose players are listed, beside addresses that are banned alone."""


class ListedBan(Contract):
    """A ban of a player of `SERVICE` or of an address alone; the value of KV `ban-list`.

    What is `sealed` opens with the key that the gateways share, for this infraction only. `is_ended` is written when a
    ban ends, and goes after a while. `position` is that of the last event of the infraction. From `address_expires_at`
    on the address is banned with the player no more.
    """

    infraction_id: ShortId
    position: int
    is_ended: bool = False
    player: Player | None = None
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address_hash: KeyHash | None = None
    sealed_address: Sealed | None = None
    address_expires_at: AwareDatetime | None = None
    reason: Reason
    scope: Scope
    server_id: ShortId | None = None
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
