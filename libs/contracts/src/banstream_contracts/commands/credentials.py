"""Commands about credentials of servers and tokens."""

from typing import Literal

from pydantic import AwareDatetime

from banstream_contracts.commands.command import Command
from banstream_contracts.text import KeyHash, Name, Reason, ShortId


class CredentialCommand(Command):
    """About one server key or token."""

    credential_id: ShortId

    @property
    def token(self) -> str:
        """By the credential."""
        return f"credential={self.credential_id}"


class CreateCredential(CredentialCommand):
    """Register a game server or make a token; only the hash of its secret travels. `review`: see `Credential`."""

    type: Literal["create_credential"] = "create_credential"
    kind: Literal["server", "token"]
    name: Name
    scopes: tuple[Literal["check", "report", "punish", "admin"], ...]
    key_hash: KeyHash
    game: Name | None = None
    expires_at: AwareDatetime | None = None
    review: bool = False


class RotateCredential(CredentialCommand):
    """Give a credential a new secret; the old one ends at once."""

    type: Literal["rotate_credential"] = "rotate_credential"
    key_hash: KeyHash


class RevokeCredential(CredentialCommand):
    """End a credential for good."""

    type: Literal["revoke_credential"] = "revoke_credential"
    reason: Reason | None = None
