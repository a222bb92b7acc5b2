"""What clients send: players, punishments, servers and tokens, and how to read lists and the feed."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StrictInt, StrictStr, model_validator

from banstream_contracts.checked import of_checked
from banstream_contracts.infractions import DurationSeconds, Lifetime, Punishment, Punishments, Scope, Severity
from banstream_contracts.players import Player, Service, canonical_id
from banstream_contracts.queries.query import PageLimit
from banstream_contracts.text import Category, Evidence, Name, Note, Reason, ShortId
from banstream_gateway.request_forms import ChangeRequest, Request

Address = Annotated[str, Field(max_length=64, description="192.0.2.7 or 2001:db8::7, with or without a port.")]
PlayerId = Annotated[
    StrictStr | StrictInt,
    Field(union_mode="left_to_right", description="Text; for roblox also a JSON number.", examples=["156"]),
]
Place = Annotated[str, Field(pattern=r"^[0-9]{1,19}$", description="A place in a list.")]
CredentialScope = Literal["check", "report", "punish", "admin"]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC))]
"""Databases hold earlier ones where they mean none, and no clock of ours can show all of those."""
MAX_BULK = 500
_LONGEST_ID = 128


class NamedPlayer(Request):
    """A player."""

    service: Service
    id: PlayerId

    @model_validator(mode="after")
    def _can_exist(self) -> Self:
        if isinstance(self.id, int) and self.service != "roblox":
            raise ValueError("only a roblox id may be a number; others are written as text")
        _ = self.canonical
        return self

    @cached_property
    def canonical(self) -> str:
        """The id in canonical form. Raises ValueError; pydantic, which takes longer than a check, has odd ones only."""
        text = str(self.id)
        return canonical_id(self.service, text) if 0 < len(text) <= _LONGEST_ID else self.player.id

    @cached_property
    def player(self) -> Player:
        """The player in canonical form, not validated a second time. Raises ValidationError for an odd length."""
        if 0 < len(text := str(self.id)) <= _LONGEST_ID:
            return of_checked(Player, service=self.service, id=self.canonical)
        return Player(service=self.service, id=text)

    @property
    def written_name(self) -> str | None:
        """Minecraft names are compared without case and shown as first written."""
        return str(self.id) if self.service == "minecraft" else None


class PlayerReference(NamedPlayer):
    """A player, and the address they come from where it is known."""

    ip: Address | None = None


class PunishedPlayer(PlayerReference):
    """The player to punish."""

    name: Name | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        """Games send no blanks around an id: the punishment would be of nobody."""
        if isinstance(self.id, str) and self.id != self.id.strip():
            raise ValueError("a player id neither begins nor ends with a blank")
        return self

    @property
    def shown_name(self) -> str | None:
        """What the player is called, where it is known."""
        return self.name or self.written_name


class IssueRequest(Request):
    """A punishment, or with no `punishments` a warning."""

    player: PunishedPlayer | None = None
    ip: Address | None = None
    """Instead of a player: punish the address alone."""
    punishments: Punishments
    reason: Reason
    scope: Scope = Scope.GLOBAL
    duration_seconds: DurationSeconds | None = None
    lifetime: Lifetime | None = None
    """`timed` when a duration is given, else `permanent`."""
    address_duration_seconds: DurationSeconds | None = None
    """How long whoever else comes from the player's address is bound; null: as long as the player. Not sent: as this
    installation has it set. Of an address alone the infraction's own end holds."""
    server_id: ShortId | None = None
    """The server it belongs to; a server's own infractions belong to it anyway."""
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    note: Note | None = None
    """For staff only."""
    seen_in_force: Annotated[tuple[ShortId, ...], Field(max_length=MAX_BULK)] | None = None
    """Ids of the infractions that you know to restrict the player, or the address that is punished alone. Where another
    does by now the answer is 412 and nothing is done. Warnings restrict nobody. An empty list: none that you know."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.player is None) == (self.ip is None):
            raise ValueError("either player or ip is needed (an address of the player goes into player.ip)")
        if self.effective_lifetime in {Lifetime.TIMED, Lifetime.ONLINE} and self.duration_seconds is None:
            raise ValueError(f"lifetime {self.effective_lifetime} needs duration_seconds")
        if self.effective_lifetime in {Lifetime.PERMANENT, Lifetime.SESSION} and self.duration_seconds is not None:
            raise ValueError(f"lifetime {self.effective_lifetime} has no duration_seconds")
        if self.address_duration_seconds is not None and (self.player is None or self.player.ip is None):
            raise ValueError("address_duration_seconds is of player.ip; an address alone is bound for duration_seconds")
        if Punishment.BAN in self.punishments and self.effective_lifetime in {Lifetime.ONLINE, Lifetime.SESSION}:
            raise ValueError("a banned player is never connected: a ban is timed or permanent")
        return self

    @property
    def effective_lifetime(self) -> Lifetime:
        """The lifetime given, or the one that the duration implies."""
        return self.lifetime or (Lifetime.PERMANENT if self.duration_seconds is None else Lifetime.TIMED)

    @property
    def address_ends_with_it(self) -> bool:
        """Whether null was sent: the address is bound as long as the player, whatever the installation has set."""
        return self.address_duration_seconds is None and "address_duration_seconds" in self.model_fields_set


class AmendRequest(ChangeRequest):
    """The fields to change; those not sent stay. `duration_seconds` null makes it permanent."""

    removable = frozenset({"note", "duration_seconds", "category", "severity", "evidence", "address_expires_at"})

    reason: Reason | None = None
    note: Note | None = None
    duration_seconds: DurationSeconds | None = None
    punishments: Punishments | None = None
    scope: Scope | None = None
    category: Category | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    address_expires_at: Moment | None = None
    """Until when whoever else comes from the player's address is bound; a time that has passed: no more. Null: as long
    as the player."""


class ReasonRequest(Request):
    """Why."""

    reason: Reason


class LiftRequest(Request):
    """What to take off a player; all kinds and scopes where none is named."""

    reason: Reason
    punishments: Punishments = ()
    scopes: Annotated[tuple[Scope, ...], Field(max_length=3)] = ()
    include_other_servers: bool = True


class BulkCheckRequest(Request):
    """Many players at once."""

    players: Annotated[tuple[PlayerReference, ...], Field(max_length=MAX_BULK)]
    server: ShortId | None = None
    include_other_servers: bool = True


class ServerRequest(Request):
    """A game server to register."""

    name: Name
    game: Name | None = None
    review: bool = False
    """The bans that it asks for wait for staff; it cannot punish by itself."""


class TokenRequest(Request):
    """A token to make."""

    name: Name
    scopes: Annotated[tuple[CredentialScope, ...], Field(min_length=1, max_length=4)]
    expires_in_seconds: DurationSeconds | None = None
    review: bool = False
    """The bans that it asks for wait for staff; such a token has the scope `report`, and never `punish`."""

    @model_validator(mode="after")
    def _is_reviewed_or_punishes(self) -> Self:
        if self.review and ("punish" in self.scopes or "report" not in self.scopes):
            raise ValueError("a token under review has the scope report, and not punish")
        return self


class CheckQuery(Request):
    """How to check."""

    ip: Address | None = None
    server: ShortId | None = None
    include_other_servers: bool = True
    position: Annotated[int, Field(ge=0)] | None = None
    """Answer once this log position is reached (also as the header Banstream-Position); waits a moment only."""


class PositionQuery(Request):
    """How fresh the answer has to be."""

    position: Annotated[int, Field(ge=0)] | None = None
    """Answer once this log position is reached (also as the header Banstream-Position); waits a moment only."""


class PageQuery(Request):
    """Which page of a list in the order of its ids."""

    cursor: ShortId | None = None
    """The `next` of the page before."""
    limit: PageLimit = 50


class PlaceQuery(PageQuery):
    """Which page of a list in the order in which things happened."""

    cursor: Place | None = None
    """The `next` of the page before."""


class InfractionQuery(PageQuery):
    """Which infractions."""

    player: Annotated[str, Field(max_length=256, description="SERVICE:ID", examples=["roblox:156"])] | None = None
    active: bool | None = None
    category: Category | None = None
    server: ShortId | None = None


class FeedQuery(Request):
    """What to read of the feed, and as whom."""

    cursor: Annotated[str, Field(max_length=64)] | None = None
    """The `cursor` or `id` that came last; without it the feed starts now."""
    server_id: ShortId | None = None
    """For tokens: the server to read as."""


class PollQuery(FeedQuery):
    """How long to wait for how much."""

    wait: Annotated[float, Field(ge=0, le=25, allow_inf_nan=False)] = 20
    """Seconds after which an empty list is the answer."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SnapshotQuery(Request):
    """As whom to read."""

    server_id: ShortId | None = None
    """For tokens: the server to read as."""


class CommandQuery(Request):
    """Which request of its id."""

    request: Annotated[str, Field(pattern="^[0-9a-f]{6,64}$")] | None = None
    """As `Location` named it."""


class NoQuery(Request):
    """No parameters."""
