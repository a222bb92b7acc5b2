"""Abuse policies: when a count of incidents warns, kicks or bans. Kept as events, versioned."""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from banstream_contracts.infractions import Contract, DurationSeconds, Scope, Severity
from banstream_contracts.text import AbuseReason, Name, PolicyId, Reason, ShortId

DEFAULT_POLICY_ID = "default"
"""The policy of every server that no other policy names."""

ANY_REASON = "any"

REWIND_REASONS = frozenset(
    {"speed_hack", "teleport", "aimbot", "damage_exploit", "clip", "fly_hack", "packet_manipulation"}
)
"""Seed 2, AbuseReason."""

DETECTOR_REASONS = frozenset(
    {
        "lag_machine",
        "fly_hack",
        "sky_base",
        "underground_base",
        "banned_item",
        "item_duplication",
        "speed_hack",
        "aimbot",
        "wallhack",
        "alt_account",
        "garden_exploit",
        "raid_exploit",
        "glitch_abuse",
        "territory_invasion",
    }
)
"""Seed 3, the infractions that its detectors know, in the spelling of its wire format."""

KNOWN_REASONS = REWIND_REASONS | DETECTOR_REASONS

Threshold = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Thresholds(Contract):
    """At which count something happens; None never. Defaults: seed 2, AbuseConfig."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warn: Threshold | None = 3
    kick: Threshold | None = 5
    ban: Threshold | None = 10

    @model_serializer(mode="wrap")
    def _with_nulls(self, write: SerializerFunctionWrapHandler, how: SerializationInfo) -> dict[str, object]:
        return {**write(self), **_nulls(self, how, "warn", "kick", "ban")}


class AtOnce(Contract):
    """What a single incident of a severity brings, whatever the count: a ban, for good without a duration.

    `review` opens a request for review besides, which shows the ban.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ban_duration_seconds: DurationSeconds | None = None
    review: bool = False


def _as_in_the_seed() -> dict[Severity, AtOnce]:
    """Seed 3: critical infractions ban for good at once, grave ones ban at once and may be reviewed."""
    return {Severity.CRITICAL: AtOnce(), Severity.HIGH: AtOnce(review=True)}


_without_sign = AfterValidator(abs)
"""Postgres keeps no sign of a zero, and a row that lost it would not have its hash."""


class Policy(Contract):
    """One policy. Durations in seconds; `ban_duration_seconds` None bans for good, `reset_after_seconds` None never.

    `reset_after_seconds` counts from the last incident. `weights` say how much an incident of a reason counts, 1
    otherwise. Within `coalesce_seconds` of an incident that counted, another of the same reason counts nothing.
    `severities` ban at once for incidents that a detector may act on; of others only the count decides.
    `reasons` are allowed besides the known ones; `any` among them allows every reason. A policy in `shadow` is worked
    out and reported, and nothing acts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name | None = None
    servers: tuple[ShortId, ...] = ()
    thresholds: Thresholds = Thresholds()
    auto_kick: bool = True
    auto_ban: bool = True
    ban_duration_seconds: DurationSeconds | None = 7 * 86_400
    ban_scope: Scope = Scope.GLOBAL
    reset_after_seconds: DurationSeconds | None = None
    weights: dict[AbuseReason, Annotated[int, Field(ge=0, le=1000, strict=True)]] = Field(default_factory=dict)
    coalesce_seconds: Annotated[float, Field(ge=0, le=86_400), _without_sign] = 0.0
    reasons: tuple[AbuseReason, ...] = ()
    shadow: bool = False
    severities: dict[Severity, AtOnce] = Field(default_factory=_as_in_the_seed)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for field in ("servers", "reasons"):
            values = getattr(self, field)
            if len(values) != len(set(values)):
                raise ValueError(f"{field} names something twice")
        return self

    @model_serializer(mode="wrap")
    def _with_nulls(self, write: SerializerFunctionWrapHandler, how: SerializationInfo) -> dict[str, object]:
        return {**write(self), **_nulls(self, how, "ban_duration_seconds")}

    def allows(self, reason: str) -> bool:
        """Whether incidents of this reason may be recorded."""
        return reason in KNOWN_REASONS or reason in self.reasons or reason in self.weights or ANY_REASON in self.reasons


def _nulls(model: BaseModel, how: SerializationInfo, *fields: str) -> dict[str, None]:
    """Those of fields whose default is something: left out they would be read as that, not as never or for good."""
    written = model.model_fields_set if how.exclude_unset else fields
    return {field: None for field in fields if field in written and getattr(model, field) is None}


class PolicyVersion(Contract):
    """A policy as it holds since a version; version 0 is what holds where nobody ever set one."""

    policy_id: PolicyId = DEFAULT_POLICY_ID
    version: int = 0
    policy: Policy = Policy()


class AutomaticBan(Contract):
    """The infraction that a ban crossing issues, or suggests to a reviewer.

    It is there once `infraction.issued` tells of it. It never comes to be where nobody approves it, where it is
    withheld, and where a ban that came after the incident, and is no less, is in force already.
    """

    infraction_id: ShortId
    duration_seconds: DurationSeconds | None = None
    scope: Scope
    reason: Reason
