"""Commands: what somebody asks the abuse tracker to do."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from banstream_contracts.abuse import MAX_INCIDENTS, Incident
from banstream_contracts.commands.command import Command, PlayerCommand
from banstream_contracts.infractions import LATE, Scope
from banstream_contracts.policies import Policy
from banstream_contracts.text import PolicyId, Reason, ShortId

SERVICE = "abuse-tracker"


class RecordIncidents(Command):
    """Count incidents, in this order. `review`: a credential under review tells of them, see `Credential`."""

    service: ClassVar[str] = SERVICE

    type: Literal["record_incidents"] = "record_incidents"
    server_id: ShortId | None = None
    review: bool = False
    incidents: Annotated[tuple[Incident, ...], Field(min_length=1, max_length=MAX_INCIDENTS)]

    @property
    def token(self) -> str:
        """By who reports."""
        return f"reporter={self.actor.id if self.actor.id.isalnum() else self.actor.kind}"


class DismissIncidents(PlayerCommand):
    """Take incidents of a player out of the count: false positives. Without ids, all that count now."""

    service: ClassVar[str] = SERVICE

    type: Literal["dismiss_incidents"] = "dismiss_incidents"
    incident_ids: Annotated[tuple[UUID, ...], Field(max_length=MAX_INCIDENTS)] = ()
    reason: Reason


class RestoreIncidents(PlayerCommand):
    """Undo a dismissal: the incidents count again as they did. No threshold is reached by it."""

    service: ClassVar[str] = SERVICE

    type: Literal["restore_incidents"] = "restore_incidents"
    incident_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MAX_INCIDENTS)]
    reason: Reason


class ProtectPlayer(PlayerCommand):
    """Never ban or kick this player automatically; crossings are reported."""

    service: ClassVar[str] = SERVICE

    type: Literal["protect_player"] = "protect_player"
    reason: Reason


class UnprotectPlayer(PlayerCommand):
    """End the protection."""

    service: ClassVar[str] = SERVICE

    type: Literal["unprotect_player"] = "unprotect_player"
    reason: Reason


class RestartCount(PlayerCommand):
    """A ban of this player has ended: counting begins anew (facts ndp-flask-rewind 3.5 f).

    Sent by the abuse tracker to itself; `command_id` is the id of the event that ended the ban.
    """

    service: ClassVar[str] = SERVICE

    type: Literal["restart_count"] = "restart_count"
    infraction_id: ShortId
    scope: Scope
    server_id: ShortId | None = None


class ForgetPlayer(PlayerCommand):
    """A player was erased: make their personal data unreadable here too.

    Sent by the abuse tracker to itself; `command_id` is the id of the event that erased the player.
    """

    service: ClassVar[str] = SERVICE

    type: Literal["forget_player"] = "forget_player"


class PolicyCommand(Command):
    """About one policy."""

    service: ClassVar[str] = SERVICE

    policy_id: PolicyId

    @property
    def token(self) -> str:
        """By the policy."""
        return f"policy={self.policy_id}"


class SetPolicy(PolicyCommand):
    """Make a policy, or give it its next version. `expected_version` refuses what somebody else changed meanwhile."""

    type: Literal["set_policy"] = "set_policy"
    policy: Policy
    expected_version: int | None = None


class RemovePolicy(PolicyCommand):
    """End a policy: its servers fall to the default one, and `default` to what holds where nobody set one."""

    type: Literal["remove_policy"] = "remove_policy"
    reason: Reason | None = None


AnyAbuseCommand = Annotated[
    RecordIncidents
    | DismissIncidents
    | RestoreIncidents
    | ProtectPlayer
    | UnprotectPlayer
    | RestartCount
    | ForgetPlayer
    | SetPolicy
    | RemovePolicy,
    Field(discriminator="type"),
]
ABUSE_COMMAND: TypeAdapter[AnyAbuseCommand] = TypeAdapter(AnyAbuseCommand, config=LATE)
