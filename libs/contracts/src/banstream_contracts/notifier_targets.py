"""The words of the notifier as they travel: where events are told, which of them, in what language."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from banstream_contracts.infractions import Actor, Contract, Scope, Severity
from banstream_contracts.text import Message, Name, ShortId

SERVICE = "notifier"


class TargetKind(StrEnum):
    """How a target is told: by an embed of Discord, or by a signed CloudEvent over HTTP."""

    DISCORD = "discord"
    WEBHOOK = "webhook"


class TargetStatus(StrEnum):
    """`broken` by the other side, `paused` by us: both keep what is to be told until the target is resumed."""

    ACTIVE = "active"
    PAUSED = "paused"
    BROKEN = "broken"


Language = Literal["pt-BR", "en", "es", "zh-CN"]

EventPattern = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{1,64}\.(\*|[a-z_]{1,64}))$")]
"""`infraction.issued`, every event of one kind `infraction.*`, or everything `*`."""

DEFAULT_EVENTS = (
    "infraction.issued",
    "infraction.amended",
    "infraction.lifted",
    "infraction.reinstated",
    "infraction.expired",
    "abuse.threshold_reached",
)
NEW_TARGETS_EVENTS = (
    *DEFAULT_EVENTS,
    "abuse.alert_raised",
    "ban_file.failed",
    "ban_file.refused",
    "ban_file.recovered",
)
"""What one made now is told, where nobody chose; the default itself stays, as older messages mean it."""

Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{15,20}$")]
"""An id of Discord's."""

SenderName = Annotated[Name, StringConstraints(max_length=80)]
"""What a message is sent as; Discord allows no more."""


class TargetFilters(Contract):
    """Which events a target is told. Empty means all, but for `events`.

    `severities` and `scopes` choose among infractions. `servers` chooses events that name one of them or none at all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: Annotated[tuple[EventPattern, ...], Field(min_length=1, max_length=50)] = DEFAULT_EVENTS
    severities: tuple[Severity, ...] = ()
    servers: Annotated[tuple[ShortId, ...], Field(max_length=200)] = ()
    scopes: tuple[Scope, ...] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for field in ("events", "severities", "servers", "scopes"):
            values = getattr(self, field)
            if len(values) != len(set(values)):
                raise ValueError(f"{field} names something twice")
        return self


class TargetDisplay(Contract):
    """How an embed looks; a webhook gets everything.

    `edits` has a message follow its infraction; else each change is a message of its own. `footer` names the
    community. `username` and `thread_id` are Discord's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    player_id: bool = True
    evidence: bool = True
    staff: bool = True
    edits: bool = True
    footer: Name | None = None
    username: SenderName | None = None
    thread_id: Snowflake | None = None


class Target(Contract):
    """Where events are told, without what opens it.

    `address` is where it is: scheme, host and the last four characters. `broken_reason` is what the other side said.
    `version` counts the events of the target.
    """

    id: ShortId
    name: Name
    kind: TargetKind
    address: str
    filters: TargetFilters = TargetFilters()
    language: Language = "en"
    display: TargetDisplay = TargetDisplay()
    status: TargetStatus = TargetStatus.ACTIVE
    broken_reason: Message | None = None
    created_at: AwareDatetime
    created_by: Actor
    changed_at: AwareDatetime
    version: int = 1
