"""A draft of a policy tried on incidents of the log: what it would have done, beside what holds."""

from typing import Annotated, Literal

from pydantic import Field

from banstream_contracts.infractions import Contract
from banstream_contracts.players import Player
from banstream_contracts.policies import Policy
from banstream_contracts.text import AbuseReason, PolicyId, ShortId

MOST_PLAYERS = 100
"""So many are named of each change; all are counted."""

SimulatedOutcome = Literal["warning", "kick", "ban", "review", "withheld"]
"""What a crossing comes to; `withheld` is what shadow or a protection keeps from happening."""


class SimulatePolicy(Contract):
    """Try a draft on the incidents of the last days, of the named servers or of all. Nothing is changed.

    `against` is the policy to compare with; without it the one that holds for each incident.
    """

    policy: Policy
    days: Annotated[int, Field(ge=1, le=90)] = 7
    servers: Annotated[tuple[ShortId, ...], Field(max_length=200)] = ()
    against: PolicyId | None = None


class SimulatedCourse(Contract):
    """What came of the incidents: outcomes, and players by outcome.

    `ignored` fell into a ban, `refused` are of a reason that the policy does not allow.
    """

    incidents: int
    ignored: int
    refused: dict[AbuseReason, int]
    outcomes: dict[SimulatedOutcome, int]
    players: dict[SimulatedOutcome, int]


class SimulatedChange(Contract):
    """Players to whom an outcome comes under the draft alone (`new`), or under what holds alone (`gone`)."""

    outcome: SimulatedOutcome
    new: Annotated[tuple[Player, ...], Field(max_length=MOST_PLAYERS)]
    new_count: int
    gone: Annotated[tuple[Player, ...], Field(max_length=MOST_PLAYERS)]
    gone_count: int


class PolicySimulated(Contract):
    """Both courses and what is other, or `problem`: why there is no answer.

    `too-many` incidents are for the command line, which has time; `unknown-policy` is of `against`.
    """

    problem: Literal["too-many", "unknown-policy"] | None = None
    in_force: SimulatedCourse | None = None
    draft: SimulatedCourse | None = None
    changes: tuple[SimulatedChange, ...] = ()
