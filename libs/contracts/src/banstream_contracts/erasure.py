"""Erasing a player: personal data goes, what happened stays."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from banstream_contracts.commands.command import PlayerCommand
from banstream_contracts.events.event import Event
from banstream_contracts.players import Player
from banstream_contracts.text import KeyHash, Reason, ShortId


class ErasePlayer(PlayerCommand):
    """Make the personal data of a player unreadable, for good.

    Refused while anything restricts the player, unless `lift` takes all of it off in the same command. `seen_at` is
    when another service last saw the player; without it only infractions says whether anybody knows them.
    """

    type: Literal["erase_player"] = "erase_player"
    reason: Reason
    lift: bool = False
    seen_at: AwareDatetime | None = None


class PlayerErased(Event):
    """The personal data of a player can be read no more; what was before this event is without it.

    `address_hashes` are the addresses that concerned this player alone: what was said of them went too, and
    `infraction_ids` are the infractions of those addresses.
    """

    private: ClassVar[frozenset[str]] = frozenset({"address_hashes"})

    type: Literal["player.erased"] = "player.erased"
    player: Player
    reason: Reason
    address_hashes: tuple[KeyHash, ...] = ()
    infraction_ids: tuple[ShortId, ...] = ()

    @property
    def stream(self) -> str:
        """The log stream: the player's."""
        return f"player:{self.player}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token
