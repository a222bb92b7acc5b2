"""What one stream of the log says, and what a decision on it is. Pure.

The state is made of the contracts' own frozen models: what is decided on is what is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from banstream_contracts.accounts import AccountEntry
from banstream_contracts.admins import Admin
from banstream_contracts.appeals import Appeal
from banstream_contracts.calls import AdminCall
from banstream_contracts.events.infractions import RequestOpened
from banstream_contracts.infraction_messages import AnyEvent
from banstream_contracts.infractions import Credential, Infraction
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.players import Player
from banstream_contracts.queries.infractions import ReviewRequest
from banstream_contracts.results import LiftCounts, Refusal, RefusalCode
from banstream_contracts.tiering import TieringPolicy


@dataclass(frozen=True, slots=True)
class Erased:
    """When a player was erased the last time, and where in the log."""

    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Record:
    """What one stream of the log says.

    The infractions of a player or address by id, or the last call of one server, or one credential, request, admin,
    network, account, appeal or tiering policy. `opened` is how the request began, with what is locked for the player.
    `erased_until` is up to where what is personal was erased, for who seeks it (`sought.Sought`).
    """

    infractions: Mapping[str, Infraction] = field(default_factory=dict)
    credential: Credential | None = None
    request: ReviewRequest | None = None
    opened: RequestOpened | None = None
    admin: Admin | None = None
    tiering_policy: TieringPolicy | None = None
    call: AdminCall | None = None
    network: MarkedNetwork | None = None
    erased: Erased | None = None
    erased_until: int = 0
    account: AccountEntry | None = None
    appeal: Appeal | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a stream has come to: the version of its last event, 0 of none, and the record.

    Of a stream with a long history the record holds what is looked at, see `sought.Sought`.
    """

    version: int
    record: Record


Context = Mapping[str, Record]
"""What a command looks at beside its own stream, by stream."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The events of one command, or why there are none; `touched` are the infractions its answer shows.

    Each event names its stream: the command's own, or one of its context. `counts` is of a removal,
    `tiering_policy` the one that was applied.
    """

    events: tuple[AnyEvent, ...] = ()
    refusal: Refusal | None = None
    touched: tuple[str, ...] = ()
    counts: LiftCounts | None = None
    tiering_policy: TieringPolicy | None = None


def refused(code: RefusalCode, message: str, infraction: Infraction | None = None) -> Decision:
    """A decision against."""
    return Decision(refusal=Refusal(code=code, message=message), touched=(infraction.id,) if infraction else ())


TAKEN = refused("invalid-change", "the id is that of something else")
"""A decision against what would begin under an id that is taken."""


def admin_stream(player: Player) -> str:
    """The stream that says whether a player is an admin."""
    return f"admin:{player}"


def admin_of(player: Player, context: Context) -> Admin | None:
    """What the context says of a player as an admin."""
    record = context.get(admin_stream(player))
    return record.admin if record else None


def infractions_seen(record: Record, context: Context) -> Mapping[str, Infraction]:
    """The infractions of the command's own stream and of its context, by id."""
    if not context:
        return record.infractions
    seen: dict[str, Infraction] = dict(record.infractions)
    for other in context.values():
        seen |= other.infractions
    return seen
