"""The words of the domain as they travel: actor, infraction, restriction, standing."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from banstream_contracts.players import Player
from banstream_contracts.text import (
    ActorId,
    Category,
    Evidence,
    KeyHash,
    Name,
    Note,
    PolicyId,
    Reason,
    RowId,
    ShortId,
    SourceName,
)

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

MAX_DURATION_SECONDS = 100 * 365 * 86_400
"""A longer punishment is a permanent one; datetime ends in the year 9999."""


class Punishment(StrEnum):
    """What a player may not do. Their order here is the order in every answer."""

    BAN = "ban"
    VOICE_BLOCK = "voice_block"
    CHAT_BLOCK = "chat_block"
    ADMIN_CHAT_BLOCK = "admin_chat_block"
    CALL_ADMIN_BLOCK = "call_admin_block"
    ITEM_BLOCK = "item_block"


class Scope(StrEnum):
    """Where an infraction holds: on its server, on all unless they ask for their own, or on all always."""

    SERVER = "server"
    GLOBAL = "global"
    COMMUNITY = "community"


class Lifetime(StrEnum):
    """How an infraction ends: never, at a time, after time spent connected, or with the session."""

    PERMANENT = "permanent"
    TIMED = "timed"
    ONLINE = "online"
    SESSION = "session"


class Severity(StrEnum):
    """How grave the offence is; policies and notifications choose by it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain", "application/octet-stream"]
"""What a file of evidence may be; the last are demos."""

RequestWish = Literal["punish", "lift"]
"""What staff are asked for."""


class Status(StrEnum):
    """Where an infraction stands by the events so far; `active` ends by time before `expired` is noticed."""

    ACTIVE = "active"
    LIFTED = "lifted"
    EXPIRED = "expired"


def ordered(punishments: tuple[Punishment, ...]) -> tuple[Punishment, ...]:
    """Each punishment once, in the order of `Punishment`."""
    if len(punishments) < 2:  # noqa: PLR2004 - nearly all: there is nothing to put in order
        return punishments
    return tuple(punishment for punishment in Punishment if punishment in punishments)


Punishments = Annotated[tuple[Punishment, ...], AfterValidator(ordered)]
"""A set in canonical order; empty is a warning."""

DurationSeconds = Annotated[int, Field(ge=1, le=MAX_DURATION_SECONDS, strict=True)]


MOST_EXEMPT = 50
"""Players whom one infraction does not bind by their address."""


LATE = ConfigDict(defer_build=True)
"""Validators are built when first used: a process starts sooner, and uses a part of all messages only."""


class _Plain(ModelMetaclass):
    """No class is registered as one of ours without being one, so `isinstance` need not ask for that each time."""

    __instancecheck__ = type.__instancecheck__


class Contract(BaseModel, metaclass=_Plain):
    """Base of everything on the bus: frozen; unknown fields are ignored, since contracts change additively."""

    model_config = ConfigDict(frozen=True, **LATE)


class Actor(Contract):
    """Who did it: a server, a token, a person, or banstream itself.

    `admin` is the player in whose name a server or token acts; `name` is then the admin's.
    """

    kind: Literal["server", "token", "person", "system"]
    id: ActorId
    name: Name | None = None
    admin: Player | None = None


class EvidenceFile(Contract):
    """A file that is kept with an infraction; its name is gone where the player was erased, and so is the file."""

    sha256: KeyHash
    media_type: MediaType
    size: int
    name: Name | None = None
    attached_at: AwareDatetime
    attached_by: Actor


class LiftedBefore(Contract):
    """Who lifted an infraction in the system that it comes from; each is null where that does not know."""

    at: AwareDatetime | None = None
    by: Name | None = None
    reason: Reason | None = None


class Imported(Contract):
    """The system that an infraction comes from, and the import that brought it or took it back last.

    `digest` is of all that was told of it. `position` is that of what the import did, or of what took back all that
    was done here since: as long as the infraction's is the same, nobody has changed it here.
    """

    import_id: ShortId
    source: SourceName
    row: RowId
    digest: KeyHash
    at: AwareDatetime
    by: Actor
    position: int
    is_undone: bool = False


class Infraction(Contract):
    """One infraction as the events so far have made it: the answer of reads, and the state decisions work on.

    `address_hash` is HMAC-SHA-256 of the address. `time_left_seconds` counts down for `online` only.
    `position` is that of the last event that touched it. `tier` counts from 0.
    `policy_id` is of the abuse policy that issued it. `appeal_code_renewals` says which code opens its appeal.
    Who else comes from its address is bound until `address_expires_at`, or as long as its player where that is null,
    but for the players who are `exempt`.
    """

    id: ShortId
    player: Player | None = None
    player_name: Name | None = None
    address_hash: KeyHash | None = None
    address_expires_at: AwareDatetime | None = None
    punishments: Punishments
    lifetime: Lifetime
    duration_seconds: int | None = None
    reason: Reason
    note: Note | None = None
    scope: Scope
    server_id: ShortId | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    issuer: Actor
    issued_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    time_left_seconds: int | None = None
    status: Status = Status.ACTIVE
    ended_at: AwareDatetime | None = None
    ended_by: Actor | None = None
    ended_reason: Reason | None = None
    tiering_policy_id: ShortId | None = None
    tier: int | None = None
    policy_id: PolicyId | None = None
    appeal_code_renewals: int | None = None
    files: tuple[EvidenceFile, ...] | None = None
    exempt: tuple[Player, ...] | None = None
    last_served_at: AwareDatetime | None = None
    imported: Imported | None = None
    position: int = 0

    @property
    def is_as_imported(self) -> bool:
        """Whether it was imported, and stands here as the import left it."""
        return self.imported is not None and self.imported.position == self.position

    def holds_address(self, now: datetime) -> bool:
        """Whether it binds who comes from its address, as long as it is in force."""
        return self.address_hash is not None and (self.address_expires_at is None or self.address_expires_at > now)

    def is_in_force(self, now: datetime) -> bool:
        """Whether it restricts at `now` (facts gflbans 2.2: session infractions never do)."""
        if self.status is not Status.ACTIVE:
            return False
        match self.lifetime:
            case Lifetime.PERMANENT:
                return True
            case Lifetime.TIMED:
                return self.expires_at is not None and self.expires_at > now
            case Lifetime.ONLINE:
                return (self.time_left_seconds or 0) > 0
            case Lifetime.SESSION:
                return False


class Restriction(Contract):
    """What gateways need of one infraction to answer a join check. It does not bind the players who are `exempt`.

    Under the key of an address it ends with the address: `expires_at` is then the earlier end, also of `online`, and
    what is permanent is `timed` where the address has an end.
    """

    infraction_id: ShortId
    punishments: Punishments
    lifetime: Lifetime
    reason: Reason
    scope: Scope
    server_id: ShortId | None = None
    expires_at: AwareDatetime | None = None
    time_left_seconds: int | None = None
    issuer_name: Name | None = None
    appeal_code_renewals: int | None = None
    exempt: tuple[Player, ...] | None = None


class Standing(Contract):
    """All that restricts one player or one address as of a log position; the value of KV `restrictions`."""

    position: int
    restrictions: tuple[Restriction, ...] = ()


class Credential(Contract):
    """A server key or token as gateways know it: by the SHA-256 of its secret, never the secret.

    `review`: the bans that it asks for, and those that its incidents lead to, wait for staff.
    """

    id: ShortId
    kind: Literal["server", "token"]
    name: Name
    scopes: tuple[Literal["check", "report", "punish", "admin"], ...]
    key_hash: KeyHash
    game: Name | None = None
    review: bool = False
    created_at: AwareDatetime
    created_by: Actor
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    position: int = 0
