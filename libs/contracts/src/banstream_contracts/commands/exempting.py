"""The command about players whom an infraction does not bind, though they come from its address."""

from typing import Literal

from banstream_contracts.commands.infractions import InfractionCommand
from banstream_contracts.players import Player


class ExemptPlayer(InfractionCommand):
    """Let a player in whom an infraction binds by the address alone, or, if not `is_exempt`, do so no more."""

    type: Literal["exempt_player"] = "exempt_player"
    player: Player
    is_exempt: bool = True
