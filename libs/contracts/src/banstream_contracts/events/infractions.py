"""Events of infractions and of credentials of servers, and what is said and done in a game."""

from collections.abc import Mapping
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from banstream_contracts.commands.infractions import InfractionChanges
from banstream_contracts.events.event import Event
from banstream_contracts.infractions import Lifetime, LiftedBefore, Punishments, RequestWish, Scope, Severity
from banstream_contracts.players import Player, address_token, server_token
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.sealed import Sealed
from banstream_contracts.text import (
    Category,
    Evidence,
    KeyHash,
    Message,
    Name,
    Note,
    PolicyId,
    Reason,
    RowId,
    ShortId,
    SourceName,
)


class InfractionEvent(Event):
    """An event of one infraction: whose it is, and where it holds."""

    infraction_id: ShortId
    player: Player | None = None
    address_hash: KeyHash | None = None
    scope: Scope | None = None
    server_id: ShortId | None = None

    @property
    def stream(self) -> str:
        """The log stream: the player's, or the address's when only an address is punished."""
        return f"player:{self.player}" if self.player else f"address:{self.address_hash}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token if self.player else address_token(self.address_hash or "")


class OffenceEvent(InfractionEvent):
    """What somebody did, and what follows of it, as one infraction begins.

    `address_expires_at` is when who else comes from its address is bound no more; null: as long as it is in force.
    """

    private = frozenset({"note", "sealed_name", "sealed_address"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"player_name", "note", "evidence"})}

    player_name: Name | None = None
    sealed_name: Sealed | None = None
    sealed_address: Sealed | None = None
    address_expires_at: AwareDatetime | None = None
    punishments: Punishments
    lifetime: Lifetime
    duration_seconds: int | None = None
    expires_at: AwareDatetime | None = None
    reason: Reason
    note: Note | None = None
    scope: Scope
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None


class InfractionIssued(OffenceEvent):
    """A player or an address was punished or warned."""

    type: Literal["infraction.issued"] = "infraction.issued"
    tiering_policy_id: ShortId | None = None
    tier: int | None = None
    policy_id: PolicyId | None = None


class InfractionImported(OffenceEvent):
    """An infraction came from another system, or came again as it stands there now: all that it says holds from here.

    `issued_at`, `issued_by` and `lifted` are of that system, and so is `row`, which may be made of an address. Game
    servers and notifications are not told one by one.
    """

    private = OffenceEvent.private | {"row", "digest"}

    type: Literal["infraction.imported"] = "infraction.imported"
    import_id: ShortId
    source: SourceName
    row: RowId
    digest: KeyHash
    issued_at: AwareDatetime
    issued_by: Name | None = None
    lifted: LiftedBefore | None = None


class InfractionAmended(InfractionEvent):
    """An infraction was changed.

    `changes` holds the fields that were set, `expires_at` and `time_left_seconds` are the end it has now, `removed` are
    the punishments that the change took off. `as_imported`: it is again what its import brought.
    """

    private = frozenset({"changes.note"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"changes.note", "changes.evidence"})}

    type: Literal["infraction.amended"] = "infraction.amended"
    changes: InfractionChanges
    lifetime: Lifetime
    expires_at: AwareDatetime | None = None
    time_left_seconds: int | None = None
    removed: Punishments = ()
    as_imported: bool = False


class InfractionLifted(InfractionEvent):
    """Punishments were taken off; the infraction has ended when `ended`, else `remaining` stay in force.

    `import_id`: what this import brought was taken back, all of it or what its source has no more; see
    `InfractionImported` for who is told.
    """

    type: Literal["infraction.lifted"] = "infraction.lifted"
    punishments: Punishments
    remaining: Punishments = ()
    ended: bool
    reason: Reason
    import_id: ShortId | None = None


class InfractionReinstated(InfractionEvent):
    """An infraction that had ended is in force again; where its end had passed, an amendment follows that moves it.

    `as_imported`: it is again what its import brought.
    """

    type: Literal["infraction.reinstated"] = "infraction.reinstated"
    punishments: Punishments
    reason: Reason
    as_imported: bool = False


class InfractionServed(InfractionEvent):
    """Time connected was taken off an infraction that counts it."""

    type: Literal["infraction.served"] = "infraction.served"
    seconds: int
    time_left_seconds: int


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
    review: bool = False


class CredentialRotated(CredentialEvent):
    """A credential got a new secret."""

    private = frozenset({"key_hash"})

    type: Literal["credential.rotated"] = "credential.rotated"
    key_hash: KeyHash


class CredentialRevoked(CredentialEvent):
    """A credential ended for good."""

    type: Literal["credential.revoked"] = "credential.revoked"
    reason: Reason | None = None


class RequestOpened(Event):
    """Staff are asked to review a player; `suggested` is what the policy would have issued.

    `wanted` is what is asked for. The name and the address are locked for the player.
    """

    private = frozenset({"sealed_name", "sealed_address"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"player_name"})}

    type: Literal["request.opened"] = "request.opened"
    request_id: ShortId
    player: Player
    reason: Reason
    server_id: ShortId | None = None
    incident_id: UUID | None = None
    suggested: AutomaticBan | None = None
    wanted: RequestWish = "punish"
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address_hash: KeyHash | None = None
    sealed_address: Sealed | None = None

    @property
    def stream(self) -> str:
        """The log stream: `request:<id>`."""
        return f"request:{self.request_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"request={self.request_id}"


class MessageSent(Event):
    """A text is to be shown in the game: on one server or on all, to one player or to everybody."""

    type: Literal["server.message_sent"] = "server.message_sent"
    message_id: ShortId
    text: Message
    server_id: ShortId | None = None
    player: Player | None = None

    @property
    def stream(self) -> str:
        """The log stream: one a message, as nothing else happens to it."""
        return f"message:{self.message_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return server_token(self.server_id)


class KickRequested(Event):
    """A player is to be put off one server, or off all. The kick is done by the game server."""

    type: Literal["player.kick_requested"] = "player.kick_requested"
    player: Player
    reason: Reason
    server_id: ShortId | None = None

    @property
    def stream(self) -> str:
        """The log stream: the player's."""
        return f"player:{self.player}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token


AnyInfractionEvent = (
    InfractionIssued
    | InfractionImported
    | InfractionAmended
    | InfractionLifted
    | InfractionReinstated
    | InfractionServed
    | InfractionExpired
)
AnyCredentialEvent = CredentialCreated | CredentialRotated | CredentialRevoked
