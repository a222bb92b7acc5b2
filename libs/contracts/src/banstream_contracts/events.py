"""Events: what has happened. Past tense; kept in the log for ever and published on EVENTS.

The field names are the storage format: never rename one. Fields named in `private` stay in the log and
leave the event before it is published.
"""

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AwareDatetime, Field, TypeAdapter

from banstream_contracts.commands import InfractionChanges
from banstream_contracts.infractions import Actor, Contract, Lifetime, Punishments, Scope, Severity
from banstream_contracts.players import Player, address_token
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import Category, Evidence, KeyHash, Name, Note, Reason, ShortId


class Event(Contract):
    """What every event carries: who did it and when it happened in the world."""

    private: ClassVar[frozenset[str]] = frozenset()

    actor: Actor
    occurred_at: AwareDatetime


class InfractionEvent(Event):
    """An event of one infraction: whose it is."""

    infraction_id: ShortId
    player: Player | None = None
    address_hash: KeyHash | None = None

    @property
    def stream(self) -> str:
        """The log stream: the player's, or the address's when only an address is punished."""
        return f"player:{self.player}" if self.player else f"address:{self.address_hash}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token if self.player else address_token(self.address_hash or "")


class InfractionIssued(InfractionEvent):
    """A player or an address was punished or warned."""

    private = frozenset({"note", "sealed_name", "sealed_address"})

    type: Literal["infraction.issued"] = "infraction.issued"
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    sealed_address: Sealed | None = None
    punishments: Punishments
    lifetime: Lifetime
    duration_seconds: int | None = None
    expires_at: AwareDatetime | None = None
    reason: Reason
    note: Note | None = None
    scope: Scope
    server_id: ShortId | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None


class InfractionAmended(InfractionEvent):
    """An infraction was changed; `changes` holds the fields that were set, `expires_at` the end it has now."""

    private = frozenset({"changes.note"})

    type: Literal["infraction.amended"] = "infraction.amended"
    changes: InfractionChanges
    lifetime: Lifetime
    expires_at: AwareDatetime | None = None


class InfractionLifted(InfractionEvent):
    """Punishments were taken off; the infraction has ended when `ended`, else `remaining` stay in force."""

    type: Literal["infraction.lifted"] = "infraction.lifted"
    punishments: Punishments
    remaining: Punishments = ()
    ended: bool
    reason: Reason


class InfractionReinstated(InfractionEvent):
    """A lifted infraction is in force again."""

    type: Literal["infraction.reinstated"] = "infraction.reinstated"
    punishments: Punishments
    reason: Reason


class InfractionExpired(InfractionEvent):
    """An infraction reached its end; `punishments` are those that ended."""

    type: Literal["infraction.expired"] = "infraction.expired"
    punishments: Punishments


class CredentialEvent(Event):
    """An event of one server key or token."""

    credential_id: ShortId
    kind: Literal["server", "token"]

    @property
    def stream(self) -> str:
        """The log stream: `server:<id>` or `token:<id>`."""
        return f"{self.kind}:{self.credential_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"credential={self.credential_id}"


class CredentialCreated(CredentialEvent):
    """A game server was registered or a token made."""

    private = frozenset({"key_hash"})

    type: Literal["credential.created"] = "credential.created"
    name: Name
    scopes: tuple[Literal["check", "report", "punish", "admin"], ...]
    key_hash: KeyHash
    game: Name | None = None
    expires_at: AwareDatetime | None = None


class CredentialRotated(CredentialEvent):
    """A credential got a new secret."""

    private = frozenset({"key_hash"})

    type: Literal["credential.rotated"] = "credential.rotated"
    key_hash: KeyHash


class CredentialRevoked(CredentialEvent):
    """A credential ended for good."""

    type: Literal["credential.revoked"] = "credential.revoked"
    reason: Reason | None = None


AnyInfractionEvent = InfractionIssued | InfractionAmended | InfractionLifted | InfractionReinstated | InfractionExpired
AnyCredentialEvent = CredentialCreated | CredentialRotated | CredentialRevoked
AnyEvent = Annotated[AnyInfractionEvent | AnyCredentialEvent, Field(discriminator="type")]
EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

_PRIVATE: dict[str, frozenset[str]] = {
    model.model_fields["type"].default: model.private
    for model in (*get_args(AnyInfractionEvent), *get_args(AnyCredentialEvent))
}


def stored(event: AnyEvent) -> dict[str, Any]:
    """The event as JSON values for the log: fields that were not set and nulls of no meaning are left out."""
    values: dict[str, Any] = event.model_dump(mode="json", exclude_none=True)
    return values


def published(values: dict[str, Any]) -> dict[str, Any]:
    """What leaves the log: the stored values of an event without its private fields.

    An event of a type that this release does not know is published as it is stored.
    """
    public = dict(values)
    for path in _PRIVATE.get(str(values.get("type")), frozenset()):
        public = _without(public, path)
    return public


def _without(values: dict[str, Any], path: str) -> dict[str, Any]:
    field, _, rest = path.partition(".")
    if not rest:
        return {name: value for name, value in values.items() if name != field}
    inner = values.get(field)
    return {**values, field: _without(inner, rest)} if isinstance(inner, dict) else values
