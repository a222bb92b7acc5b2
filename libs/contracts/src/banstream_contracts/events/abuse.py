"""Events of the abuse tracker; the same rules as in `event`."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter, field_validator

from banstream_contracts.abuse import Counter, Mode, Threshold
from banstream_contracts.commands.abuse import SERVICE
from banstream_contracts.events.event import Event
from banstream_contracts.infractions import LATE, Severity
from banstream_contracts.players import Player
from banstream_contracts.policies import AutomaticBan, Policy
from banstream_contracts.text import AbuseReason, Evidence, Name, PolicyId, Reason, ReportedId, ShortId


class PlayerEvent(Event):
    """An event of one player."""

    service: ClassVar[str] = SERVICE

    player: Player

    @property
    def stream(self) -> str:
        """The log stream: the player's."""
        return f"player:{self.player}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return self.player.token


class AbuseDetected(PlayerEvent):
    """An incident was recorded.

    `counted` is what it added: its `weight`, or 0 when it was `coalesced` or `late`. `restarted` says that the count
    began anew with it, after the policy's quiet time. `count` is the player's count under the policy afterwards.
    `is_protected` is told of incidents with a severity: a ban at once was not for this player then. `under_review`
    says that a credential under review told of it. `told_at` is known of what reached the ban.
    """

    private: ClassVar[frozenset[str]] = frozenset({"details"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"player_name", "details"})}

    type: Literal["abuse.detected"] = "abuse.detected"
    incident_id: UUID
    reported_id: ReportedId
    player_name: Name | None = None
    reason: AbuseReason
    details: dict[str, Any] | None = None
    session_id: ReportedId | None = None
    server_id: ShortId | None = None
    policy_id: PolicyId
    policy_version: int
    weight: int
    counted: int
    status: Literal["recorded", "coalesced", "late"]
    restarted: bool = False
    count: int
    severity: Severity | None = None
    mode: Mode | None = None
    summary: Reason | None = None
    is_protected: bool = False
    under_review: bool = False
    told_at: AwareDatetime | None = None


class AbuseAlertRaised(PlayerEvent):
    """A detector saw something that people shall know of; nothing else follows from it.

    `category` is the incident's reason, `reason` says in a line what was seen.
    """

    private: ClassVar[frozenset[str]] = frozenset({"evidence"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"player_name", "evidence"})}

    type: Literal["abuse.alert_raised"] = "abuse.alert_raised"
    incident_id: UUID
    player_name: Name | None = None
    category: AbuseReason
    severity: Severity | None = None
    reason: Reason
    evidence: Evidence | None = None
    server_id: ShortId | None = None


class AbuseThresholdReached(PlayerEvent):
    """A count reached a threshold, once for each crossing; or a single incident asks for a ban or a review at once.

    Of the latter `severity` is told, or the incident's mode is to be reviewed, and `limit` is the count as it was.
    `action` is what the policy asks for, `withheld` why it was not done: the policy is in shadow, the player is
    protected. A warning has no action of ours: the game server shows it. `ban` is what is issued, or suggested.
    A ban with a `request_id` is reviewed after it was issued.

    `under_review` says that it was reached only with the help of credentials under review: nobody is kicked for it, and
    staff is asked in place of a ban. It is reached again once what others told is enough; `settles` is the request for
    review that nobody needs to decide any more then.
    """

    private: ClassVar[frozenset[str]] = frozenset({"evidence"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"player_name", "evidence"})}

    type: Literal["abuse.threshold_reached"] = "abuse.threshold_reached"
    incident_id: UUID
    reason: AbuseReason
    threshold: Threshold
    limit: int
    count: int
    server_id: ShortId | None = None
    policy_id: PolicyId
    policy_version: int
    action: Literal["none", "kick", "ban", "review"]
    withheld: Literal["shadow", "protected"] | None = None
    ban: AutomaticBan | None = None
    request_id: ShortId | None = None
    player_name: Name | None = None
    severity: Severity | None = None
    evidence: Evidence | None = None
    under_review: bool = False
    settles: ShortId | None = None


class AbuseKickRequested(PlayerEvent):
    """The policy has the player put off the server that reported."""

    type: Literal["abuse.kick_requested"] = "abuse.kick_requested"
    incident_id: UUID
    reason: Reason
    server_id: ShortId | None = None
    count: int


class _IncidentsTakenOut(PlayerEvent):
    incident_ids: tuple[UUID, ...]
    reason: Reason
    counters: dict[PolicyId, Counter]
    total: int
    first_at: AwareDatetime | None = None
    last_at: AwareDatetime | None = None


class IncidentsDismissed(_IncidentsTakenOut):
    """Incidents were found to be false; `counters` are those that changed, as they are now, like the rest."""

    type: Literal["abuse.dismissed"] = "abuse.dismissed"


class IncidentsRestored(_IncidentsTakenOut):
    """A dismissal was undone; `counters` are those that changed, as they are now, like the rest."""

    type: Literal["abuse.restored"] = "abuse.restored"


class CountRestarted(PlayerEvent):
    """A ban ended, so that counting begins anew; history stays.

    `counters` by policy are as they are now: not empty where incidents of after the end were told before it.
    """

    type: Literal["abuse.count_restarted"] = "abuse.count_restarted"
    infraction_id: ShortId
    counters: dict[PolicyId, Counter]


class PlayerProtected(PlayerEvent):
    """No policy kicks or bans this player any more."""

    type: Literal["abuse.protected"] = "abuse.protected"
    reason: Reason


class PlayerUnprotected(PlayerEvent):
    """Policies hold for this player again."""

    type: Literal["abuse.unprotected"] = "abuse.unprotected"
    reason: Reason


class PlayerForgotten(PlayerEvent):
    """The personal data of a player can be read no more, here either; incidents and counts stay."""

    type: Literal["abuse.forgotten"] = "abuse.forgotten"


class PolicyEvent(Event):
    """An event of one policy."""

    service: ClassVar[str] = SERVICE

    policy_id: PolicyId
    version: int

    @property
    def stream(self) -> str:
        """The log stream: `policy:<id>`."""
        return f"policy:{self.policy_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"policy={self.policy_id}"


class PolicySet(PolicyEvent):
    """A policy holds in this version from now on."""

    type: Literal["policy.set"] = "policy.set"
    policy: Policy

    @field_validator("policy", mode="before")
    @classmethod
    def _missing_is_null(cls, policy: object) -> object:
        """Logs hold events without their nulls, which stand for never and for good; every other field they hold."""
        if not isinstance(policy, Mapping):
            return policy
        thresholds = {"warn": None, "kick": None, "ban": None, **policy.get("thresholds", {})}
        return {"ban_duration_seconds": None, **policy, "thresholds": thresholds}


class PolicyRemoved(PolicyEvent):
    """A policy ended; `version` goes on counting if it is set again."""

    type: Literal["policy.removed"] = "policy.removed"
    reason: Reason | None = None


AnyPlayerAbuseEvent = (
    AbuseDetected
    | AbuseAlertRaised
    | AbuseThresholdReached
    | AbuseKickRequested
    | IncidentsDismissed
    | IncidentsRestored
    | CountRestarted
    | PlayerProtected
    | PlayerUnprotected
    | PlayerForgotten
)
AnyPolicyEvent = PolicySet | PolicyRemoved
AnyAbuseEvent = Annotated[AnyPlayerAbuseEvent | AnyPolicyEvent, Field(discriminator="type")]
ABUSE_EVENT: TypeAdapter[AnyAbuseEvent] = TypeAdapter(AnyAbuseEvent, config=LATE)
