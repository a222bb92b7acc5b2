"""What every command is. Imperative, carried by the stream COMMANDS."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor, Contract
from banstream_contracts.players import Player
from banstream_contracts.text import KeyHash


class Command(Contract):
    """What every command carries. `service` is who decides it, `token` whom it is about: both are in its subject.

    `command_id` makes it happen once: a client's idempotency key (hashed with its credential) or a new UUIDv7.
    `fingerprint` is the SHA-256 of its request: another one is refused. `correlation_id` is the W3C trace id.
    """

    service: ClassVar[str] = "infractions"

    command_id: UUID
    issued_at: AwareDatetime
    actor: Actor
    correlation_id: UUID
    fingerprint: KeyHash | None = None

    @property
    def token(self) -> str:
        """The last token of the subject."""
        raise NotImplementedError


class PlayerCommand(Command):
    """About one player."""

    player: Player

    @property
    def token(self) -> str:
        """By the player."""
        return self.player.token
