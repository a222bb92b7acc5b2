"""Account numbers: what GFLBans calls the 32 bits that tell one Steam account from another."""

from banstream_contracts.players import Player

STEAM = "steam"
STEAM_BASE = 76561197960265728
LARGEST_ACCOUNT = 2**32 - 1


def account_of(player: Player | None) -> int | None:
    """The account number of a Steam player."""
    return int(player.id) - STEAM_BASE if player and player.service == STEAM else None


def player_of(account: int) -> Player:
    """The player of an account number."""
    return Player(service=STEAM, id=str(STEAM_BASE + account))
