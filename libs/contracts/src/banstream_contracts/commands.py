"""Commands: what somebody asks infractions to do. Imperative, carried by the stream COMMANDS."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
    model_validator,
)
from pydantic_core import to_json

from banstream_contracts.infractions import (
    Actor,
    Contract,
    DurationSeconds,
    Lifetime,
    Punishments,
    Scope,
    Severity,
)
from banstream_contracts.players import Player, address_token
from banstream_contracts.sealed import Sealed, SealedAddress
from banstream_contracts.text import Category, Evidence, KeyHash, Name, Note, Reason, ShortId


class Command(Contract):
    """What every command carries.

    `command_id` makes it happen once: a client's idempotency key (hashed with its credential) or a new UUIDv7.
    `fingerprint` is the SHA-256 of the request that made it: the same id with another one is refused.
    `correlation_id` is the W3C trace id.
    """

    command_id: UUID
    issued_at: AwareDatetime
    actor: Actor
    correlation_id: UUID
    fingerprint: KeyHash | None = None


class IssueInfraction(Command):
    """Punish or warn a player, an address, or both (a player known with an address).

    `unless_in_force` makes a repeat of the very same punishment yield nothing, for protocols whose clients
    repeat themselves and cannot send an idempotency key.
    """

    type: Literal["issue_infraction"] = "issue_infraction"
    infraction_id: ShortId
    player: Player | None = None
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address: SealedAddress | None = None
    punishments: Punishments
    lifetime: Lifetime
    duration_seconds: DurationSeconds | None = None
    reason: Reason
    note: Note | None = None
    scope: Scope = Scope.GLOBAL
    server_id: ShortId | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    unless_in_force: bool = False

    @model_validator(mode="after")
    def _can_be_carried_out(self) -> Self:
        if self.player is None and self.address is None:
            raise ValueError("an infraction is about a player, an address, or both")
        if self.lifetime in {Lifetime.TIMED, Lifetime.ONLINE} and self.duration_seconds is None:
            raise ValueError(f"the lifetime {self.lifetime} needs duration_seconds")
        return self


def _without_defaults(schema: dict[str, Any]) -> None:
    """A field that was not sent has no default: it stays as it is."""
    for field in schema["properties"].values():
        del field["default"]


class InfractionChanges(Contract):
    """The fields an amendment sets; those not sent stay. `duration_seconds` null makes it permanent.

    Null and not sent mean different things, so what was not set is never written, and a null always is.
    """

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    reason: Reason | None = None
    note: Note | None = None
    duration_seconds: DurationSeconds | None = None
    punishments: Punishments | None = None
    scope: Scope | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None

    @model_serializer(mode="wrap")
    def _only_what_was_set(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        written = write(self)
        return {name: written.get(name) for name in type(self).model_fields if name in self.model_fields_set}


class AmendInfraction(Command):
    """Change an infraction. A duration counts from the moment the infraction was issued."""

    type: Literal["amend_infraction"] = "amend_infraction"
    infraction_id: ShortId
    changes: InfractionChanges


class LiftInfraction(Command):
    """End one infraction. A server may not touch what holds on another server only."""

    type: Literal["lift_infraction"] = "lift_infraction"
    infraction_id: ShortId
    reason: Reason


class LiftRestrictions(Command):
    """Take punishments off a player: all kinds and scopes, or those named.

    An infraction that keeps another punishment stays active without those taken off. Infractions in force
    are looked at, warnings are not. `server_id` and `include_other_servers` choose as in a check.
    """

    type: Literal["lift_restrictions"] = "lift_restrictions"
    player: Player
    reason: Reason
    punishments: Punishments = ()
    scopes: tuple[Scope, ...] = ()
    server_id: ShortId | None = None
    include_other_servers: bool = True


class ReinstateInfraction(Command):
    """Put a lifted infraction back in force, with the end it had."""

    type: Literal["reinstate_infraction"] = "reinstate_infraction"
    infraction_id: ShortId
    reason: Reason


class CreateCredential(Command):
    """Register a game server or make a token; only the hash of its secret travels."""

    type: Literal["create_credential"] = "create_credential"
    credential_id: ShortId
    kind: Literal["server", "token"]
    name: Name
    scopes: tuple[Literal["check", "report", "punish", "admin"], ...]
    key_hash: KeyHash
    game: Name | None = None
    expires_at: AwareDatetime | None = None


class RotateCredential(Command):
    """Give a credential a new secret; the old one ends at once."""

    type: Literal["rotate_credential"] = "rotate_credential"
    credential_id: ShortId
    key_hash: KeyHash


class RevokeCredential(Command):
    """End a credential for good."""

    type: Literal["revoke_credential"] = "revoke_credential"
    credential_id: ShortId
    reason: Reason | None = None


AnyCommand = Annotated[
    IssueInfraction
    | AmendInfraction
    | LiftInfraction
    | LiftRestrictions
    | ReinstateInfraction
    | CreateCredential
    | RotateCredential
    | RevokeCredential,
    Field(discriminator="type"),
]
COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def encoded(command: AnyCommand) -> bytes:
    """A command as it travels. An amendment holds just the fields it sets: a null there takes something away."""
    values = command.model_dump(mode="json", exclude_none=True)
    if isinstance(command, AmendInfraction):
        values["changes"] = command.changes.model_dump(mode="json", exclude_unset=True)
    return to_json(values)


def command_token(command: AnyCommand) -> str:
    """The last token of a command's subject: whom it is about."""
    match command:
        case IssueInfraction(player=Player() as player):
            return player.token
        case IssueInfraction(address=SealedAddress() as address):
            return address_token(address.hash)
        case LiftRestrictions():
            return command.player.token
        case CreateCredential() | RotateCredential() | RevokeCredential():
            return f"credential={command.credential_id}"
        case _:
            return f"infraction={command.infraction_id}"
