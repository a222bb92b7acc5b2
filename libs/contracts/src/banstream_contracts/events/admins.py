"""Events of admins."""

from typing import Literal

from banstream_contracts.admins import Rights
from banstream_contracts.events.event import Event
from banstream_contracts.players import Player
from banstream_contracts.text import Name, Reason


class AdminEvent(Event):
    """An event of one admin."""

    player: Player

    @property
    def stream(self) -> str:
        """The log stream: `admin:<player>`."""
        return f"admin:{self.player}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token


class AdminSet(AdminEvent):
    """A player is an admin with these rights."""

    type: Literal["admin.set"] = "admin.set"
    name: Name
    rights: Rights = ()


class AdminRemoved(AdminEvent):
    """A player is an admin no more."""

    type: Literal["admin.removed"] = "admin.removed"
    reason: Reason | None = None
