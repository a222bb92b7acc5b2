"""Commands about infractions, and what asks staff to look at a player."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from banstream_contracts.commands.command import Command
from banstream_contracts.infractions import (
    MAX_DURATION_SECONDS,
    MOST_EXEMPT,
    Contract,
    DurationSeconds,
    Lifetime,
    LiftedBefore,
    Punishments,
    RequestWish,
    Scope,
    Severity,
)
from banstream_contracts.players import Player, address_token
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.sealed import Sealed, SealedAddress
from banstream_contracts.text import (
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


class InfractionCommand(Command):
    """About one infraction, whoever it restricts."""

    infraction_id: ShortId

    @property
    def token(self) -> str:
        """By the infraction."""
        return f"infraction={self.infraction_id}"


class RevisingCommand(InfractionCommand):
    """A decision on an infraction that there is.

    `seen_position`: whoever asks was shown the infraction as of then; where it has changed since, it is refused.
    """

    seen_position: Annotated[int, Field(ge=0)] | None = None


class RestoringCommand(RevisingCommand):
    """A decision that may make an infraction what it was.

    `as_imported`: that is what its import brought, and a later one may change it again. It is said by who has taken
    back what was done since, and holds for the infraction as of `seen_position` alone.
    """

    as_imported: bool = False

    @model_validator(mode="after")
    def _was_seen(self) -> Self:
        if self.as_imported and self.seen_position is None:
            raise ValueError("as_imported needs seen_position")
        return self


class OffenceCommand(Command):
    """About what one player, an address, or both (a player known with an address) did, and what follows of it."""

    infraction_id: ShortId
    player: Player | None = None
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address: SealedAddress | None = None
    punishments: Punishments
    reason: Reason
    note: Note | None = None
    scope: Scope = Scope.GLOBAL
    server_id: ShortId | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.player is None and self.address is None:
            raise ValueError("an infraction is about a player, an address, or both")
        return self

    @property
    def token(self) -> str:
        """By the player, or else by the address."""
        return self.player.token if self.player else address_token(self.address.hash if self.address else "")


class IssueInfraction(OffenceCommand):
    """Punish or warn a player, an address, or both.

    `address_duration_seconds`: how long who else comes from the player's address is bound. Without it that is as the
    installation has it set, or as long as the infraction where `address_ends_with_it`.
    `unless_in_force`: a repeat of the very same punishment yields nothing, for clients without an idempotency key.
    `seen_in_force`: whoever asks was shown these; where others restrict the player or address too, it is refused.
    `unless_banned_since`: what it is for had happened by then; a ban in force from after it, no less, stands for it.
    """

    type: Literal["issue_infraction"] = "issue_infraction"
    lifetime: Lifetime
    duration_seconds: DurationSeconds | None = None
    address_duration_seconds: DurationSeconds | None = None
    address_ends_with_it: bool = False
    policy_id: PolicyId | None = None
    unless_in_force: bool = False
    seen_in_force: tuple[ShortId, ...] | None = None
    unless_banned_since: AwareDatetime | None = None

    @model_validator(mode="after")
    def _can_be_carried_out(self) -> Self:
        if self.lifetime in {Lifetime.TIMED, Lifetime.ONLINE} and self.duration_seconds is None:
            raise ValueError(f"the lifetime {self.lifetime} needs duration_seconds")
        return self


class ImportInfraction(OffenceCommand):
    """Take over an infraction as it stands in another system; a second time, what has changed there since.

    `row` is its id there; `infraction_id` is made of that, and `digest` of all that is told, so that both are the same
    when it comes again. `began_at` is null where nobody knows, `ends_at` where it never ends.
    """

    type: Literal["import_infraction"] = "import_infraction"
    import_id: ShortId
    source: SourceName
    row: RowId
    digest: KeyHash
    began_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    issued_by: Name | None = None
    lifted: LiftedBefore | None = None


def _without_defaults(schema: dict[str, Any]) -> None:
    """A field that was not sent has no default: it stays as it is."""
    for field in schema["properties"].values():
        del field["default"]


class InfractionChanges(Contract):
    """The fields an amendment sets; those not sent stay. `duration_seconds` null makes it permanent.

    `lifetime` is sent to make it last for the session, or as long as `time_left_seconds` connected.
    `server_id` null makes it one that no server issued. `address_expires_at` null makes its address bind as long as it
    does, and a time that has passed no more. `exempt` is set by `ExemptPlayer` alone.

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
    lifetime: Lifetime | None = None
    time_left_seconds: Annotated[int, Field(ge=0, le=MAX_DURATION_SECONDS, strict=True)] | None = None
    server_id: ShortId | None = None
    tiering_policy_id: ShortId | None = None
    address_expires_at: AwareDatetime | None = None
    exempt: Annotated[tuple[Player, ...], Field(max_length=MOST_EXEMPT)] | None = None

    @model_serializer(mode="wrap")
    def _only_what_was_set(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        written = write(self)
        return {name: written.get(name) for name in type(self).model_fields if name in self.model_fields_set}


class AmendInfraction(RestoringCommand):
    """Change an infraction. A duration counts from the moment the infraction was issued."""

    type: Literal["amend_infraction"] = "amend_infraction"
    changes: InfractionChanges


class LiftInfraction(RevisingCommand):
    """End one infraction. A server may not touch what holds on another server only.

    `import_id`: the import that brought it is taken back; what staff have changed since stays as it is.
    """

    type: Literal["lift_infraction"] = "lift_infraction"
    reason: Reason
    import_id: ShortId | None = None


class LiftRestrictions(Command):
    """Take punishments off a player, an address or both: all kinds and scopes, or those named.

    An infraction that keeps another punishment stays active. Those in force are looked at, warnings only
    `with_warnings`; `server_id` and `include_other_servers` choose as in a check. `other_address_hashes` are of the
    same address under the other address keys of a ring.
    """

    type: Literal["lift_restrictions"] = "lift_restrictions"
    reason: Reason
    player: Player | None = None
    address_hash: KeyHash | None = None
    other_address_hashes: Annotated[tuple[KeyHash, ...], Field(max_length=3)] = ()
    punishments: Punishments = ()
    scopes: tuple[Scope, ...] = ()
    server_id: ShortId | None = None
    include_other_servers: bool = True
    with_warnings: bool = False

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if self.player is None and self.address_hash is None:
            raise ValueError("a player, an address, or both are needed")
        return self

    @property
    def token(self) -> str:
        """By the player, or else by the address."""
        return self.player.token if self.player else address_token(self.address_hash or "")


class ReinstateInfraction(RestoringCommand):
    """Put an infraction that has ended back in force: with the end it had, or changed by `changes`.

    One whose end has passed needs `changes` that move it; one that has not ended is changed only.
    """

    type: Literal["reinstate_infraction"] = "reinstate_infraction"
    reason: Reason
    changes: InfractionChanges | None = None


class ServeTime(InfractionCommand):
    """The player of an infraction that counts time connected was connected for so long since the last beat."""

    type: Literal["serve_time"] = "serve_time"
    seconds: Annotated[int, Field(ge=1, le=3600, strict=True)]
    server_id: ShortId


class OpenRequest(Command):
    """Ask staff to review a player: `suggested` is the ban, and `incident_id` what led to it, where something did."""

    type: Literal["open_request"] = "open_request"
    request_id: ShortId
    player: Player
    reason: Reason
    server_id: ShortId | None = None
    incident_id: UUID | None = None
    suggested: AutomaticBan | None = None
    wanted: RequestWish = "punish"
    player_name: Name | None = None
    sealed_name: Sealed | None = None
    address: SealedAddress | None = None

    @property
    def token(self) -> str:
        """By the request."""
        return f"request={self.request_id}"
