"""Reads that need the database: core request and reply, answered by any infractions process."""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from banstream_contracts.infractions import Actor, Contract, Credential, Infraction, RequestWish
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan
from banstream_contracts.queries.query import Cursor, PageLimit, ServiceStatus
from banstream_contracts.results import CommandResult
from banstream_contracts.text import Category, Comment, KeyHash, Name, Reason, ShortId


class GetInfraction(Contract):
    """One infraction by its id."""

    infraction_id: ShortId


class ListInfractions(Contract):
    """Infractions, newest first; `active` true for those in force, false for those that are not."""

    player: Player | None = None
    active: bool | None = None
    server_id: ShortId | None = None
    category: Category | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class GetHistory(Contract):
    """What happened to one player, newest first."""

    player: Player
    cursor: Cursor | None = None
    limit: PageLimit = 50


class GetCommand(Contract):
    """What became of a command."""

    command_id: UUID


class ListCredentials(Contract):
    """Servers or tokens, newest first."""

    kind: Literal["server", "token"]
    cursor: Cursor | None = None
    limit: PageLimit = 50


class InfractionFound(Contract):
    """The infraction, or null."""

    infraction: Infraction | None


class InfractionPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[Infraction, ...]
    next: str | None


class HistoryEntry(Contract):
    """One event of a player, as published: without what is private."""

    position: int
    event_id: UUID
    type: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    actor: Actor
    event: dict[str, Any]


class HistoryPage(Contract):
    """A page of a player's history."""

    items: tuple[HistoryEntry, ...]
    next: str | None


class CommandFound(Contract):
    """The outcome, or null while it is not known."""

    result: CommandResult | None


class CredentialPage(Contract):
    """A page of servers or tokens."""

    items: tuple[Credential, ...]
    next: str | None


RequestStatus = Literal["open", "approved", "rejected"]


class ListRequests(Contract):
    """Review requests, newest first, without their comments.

    With `assignee_id` those of this account, and of those that name no account what `assignee` looks at.
    """

    player: Player | None = None
    status: RequestStatus | None = None
    assignee: Name | None = None
    assignee_id: ShortId | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class RequestComment(Contract):
    """What somebody on staff said about a request."""

    note: Comment
    by: Actor
    at: AwareDatetime


class ReviewRequest(Contract):
    """One request for review; `suggested` is what its policy would have issued, `wanted` what is asked for.

    `infraction_ids` are those that the decision issued, kept or lifted, `decided_reason` is of a rejection.
    `comments` come oldest first, and in the answer about one request only.
    """

    id: ShortId
    player: Player
    reason: Reason
    status: RequestStatus = "open"
    server_id: ShortId | None = None
    incident_id: UUID | None = None
    suggested: AutomaticBan | None = None
    wanted: RequestWish = "punish"
    player_name: Name | None = None
    address_hash: KeyHash | None = None
    opened_at: AwareDatetime
    opened_by: Actor
    assignee: Name | None = None
    assignee_id: ShortId | None = None
    comment_count: int = 0
    comments: tuple[RequestComment, ...] = ()
    decided_by: Actor | None = None
    decided_at: AwareDatetime | None = None
    decided_reason: Reason | None = None
    infraction_ids: tuple[ShortId, ...] = ()
    position: int = 0


class RequestPage(Contract):
    """A page of requests; `next` is the cursor of the following one, null at the end."""

    items: tuple[ReviewRequest, ...]
    next: str | None


class InfractionsStatus(ServiceStatus):
    """The status of infractions."""
