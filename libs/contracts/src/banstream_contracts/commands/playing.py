"""Commands about what is said and done in a game."""

from typing import Literal

from banstream_contracts.commands.command import Command, PlayerCommand
from banstream_contracts.players import Player, server_token
from banstream_contracts.text import Message, Reason, ShortId


class SendMessage(Command):
    """Show a text in the game: on one server or on all, to one player or to everybody."""

    type: Literal["send_message"] = "send_message"
    message_id: ShortId
    text: Message
    server_id: ShortId | None = None
    player: Player | None = None

    @property
    def token(self) -> str:
        """By the server."""
        return server_token(self.server_id)


class RequestKick(PlayerCommand):
    """Have a player put off one server, or off all."""

    type: Literal["request_kick"] = "request_kick"
    reason: Reason
    server_id: ShortId | None = None
