"""Reads of the abuse tracker: core request and reply, answered by any of its processes."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from banstream_contracts.abuse import AbuseRecord, PlayerAbuse
from banstream_contracts.infractions import Actor, Contract
from banstream_contracts.players import Player
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.queries.query import Cursor, PageLimit
from banstream_contracts.text import AbuseReason, PolicyId, Reason, ShortId


class GetAbuse(Contract):
    """A player's standing and a page of its incidents, newest first. `server_id` chooses the policy in force."""

    player: Player
    server_id: ShortId | None = None
    cursor: Cursor | None = None
    limit: PageLimit = 50


class AbuseFound(Contract):
    """`count` and `policy` are those of the server asked for: what the next incident there is added to."""

    abuse: PlayerAbuse
    policy: PolicyVersion
    count: int
    records: tuple[AbuseRecord, ...]
    next: str | None


class FindIncident(Contract):
    """Whose incident it is."""

    incident_id: UUID


class IncidentFound(Contract):
    """The player and the record, or nulls."""

    player: Player | None
    record: AbuseRecord | None


class ListPolicies(Contract):
    """Every policy that holds, by id."""


class PolicyList(Contract):
    """Always complete: policies are few."""

    items: tuple[PolicyVersion, ...]


class GetPolicy(Contract):
    """One policy by its id, or the one that holds for a server; of a version that held before, if named."""

    policy_id: PolicyId | None = None
    server_id: ShortId | None = None
    version: int | None = None


class PolicyFound(Contract):
    """The policy, or null."""

    policy: PolicyVersion | None


class ListProtected(Contract):
    """Protected players, by service and id."""

    cursor: Cursor | None = None
    limit: PageLimit = 50


class ProtectedPlayer(Contract):
    """A player that policies leave alone, since when and why."""

    player: Player
    reason: Reason
    protected_at: AwareDatetime
    protected_by: Actor


class ProtectedPage(Contract):
    """A page; `next` is the cursor of the following one, null at the end."""

    items: tuple[ProtectedPlayer, ...]
    next: str | None


class GetAbuseStatistics(Contract):
    """What was detected in the last days, and what became of it."""

    days: Annotated[int, Field(ge=1, le=31)] = 7


DetectionOutcome = Literal["warned", "kicked", "banned", "review", "shadow", "protected"]
"""What a crossing led to; `shadow` and `protected` are why nothing was done."""


class DetectionCount(Contract):
    """Of one reason: incidents, and crossings by what they led to."""

    reason: AbuseReason
    incidents: int
    outcomes: dict[DetectionOutcome, int]


class AbuseStatistics(Contract):
    """By reason, the most frequent first, at most 20.

    `is_whole` false: there was more than is counted, and the counts are of the newest.
    """

    items: tuple[DetectionCount, ...]
    incidents: int
    dismissed: int
    is_whole: bool = True
