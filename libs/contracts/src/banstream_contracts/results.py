"""What becomes of a command: sent to the reply subject it names, and kept for the same command coming again."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from banstream_contracts.abuse import IncidentResult, PlayerAbuse
from banstream_contracts.infractions import Contract, Credential, Infraction, Standing
from banstream_contracts.notifier_targets import Target
from banstream_contracts.policies import PolicyVersion
from banstream_contracts.text import KeyHash, ShortId

RefusalCode = Literal[
    "unknown-infraction",
    "unknown-credential",
    "not-in-force",
    "not-lifted",
    "ended",
    "other-server",
    "invalid-change",
    "credential-revoked",
    "idempotency-key-reused",
    "unknown-incident",
    "unknown-policy",
    "policy-changed",
    "server-taken",
    "invalid-policy",
    "unknown-target",
    "invalid-target",
    "target-stopped",
    "unknown-delivery",
    "failed",
]


class Refusal(Contract):
    """Why a command was not carried out; `failed` means dead-lettered, an operator can retry it."""

    code: RefusalCode
    message: str


class CommandResult(Contract):
    """The outcome of one command.

    `status`: `applied` (events were written), `unchanged` (nothing to do), `refused` (see `refusal`).
    `position` is the log position that holds its effect. `standings` (by KV key) are those that it touched,
    so that the gateway which asked shows its own write at once; they are not kept.
    Of the abuse tracker's commands: `incidents` in the order reported, `abuse` the player, `policy` as it holds now.
    `target` is what a command of the notifier made of it.
    """

    command_id: UUID
    status: Literal["applied", "unchanged", "refused"]
    position: int
    refusal: Refusal | None = None
    infractions: tuple[Infraction, ...] = ()
    credential: Credential | None = None
    fingerprint: KeyHash | None = None
    standings: dict[str, Standing] = Field(default_factory=dict)
    request_id: ShortId | None = None
    incidents: tuple[IncidentResult, ...] = ()
    abuse: PlayerAbuse | None = None
    policy: PolicyVersion | None = None
    target: Target | None = None
